/* SPDX-License-Identifier: MIT */
/* The kernels of tensor/gpu compiled for the host, and their table for the simulated driver. */
#include "gpu/kernels/elementwise.cu"
#include "gpu/kernels/functions.cu"
#undef THREADS
#include "gpu/kernels/reduce.cu"
#undef THREADS
#include "gpu/kernels/matmul.cu"

#define NDG_KERNEL(module, name, argument, synchronises)                                           \
	static void body_##name(const void *context)                                               \
	{                                                                                          \
		nd_##name(*(const argument *)context);                                             \
	}                                                                                          \
	static void run_##name(const struct simcuda_launch *launch)                                \
	{                                                                                          \
		/* A copy: the driver has its own of every argument. */                            \
		argument copy = *(const argument *)launch->params[0];                              \
                                                                                                   \
		twin_run(launch, synchronises, body_##name, &copy);                                \
	}
#include "gpu/kernels/list.h"
#undef NDG_KERNEL

extern "C" {
const struct simcuda_kernel simcuda_kernels[] = {
#define NDG_KERNEL(module, name, argument, synchronises) {"nd_" #name, run_##name},
#include "gpu/kernels/list.h"
#undef NDG_KERNEL
	{nullptr, nullptr},
};
}
