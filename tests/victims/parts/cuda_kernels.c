/* SPDX-License-Identifier: MIT */
/* The twins in C of the kernels of cuda_kernel.cu, for the simulated driver. */
#include "simcuda.h"

static void square(const struct simcuda_launch *l)
{
	const int *from = *(const int **)l->params[0];
	int *to = *(int **)l->params[1];
	int count = *(int *)l->params[2];
	for (int i = 0; i < count; i++)
		to[i] = from[i] * from[i];
}

const struct simcuda_kernel simcuda_kernels[] = {{"square", square}, {NULL, NULL}};
