/* SPDX-License-Identifier: MIT */
/* A library that has a function of the CUDA driver's name, and is not the driver. */
#include <stddef.h>

int cuMemAlloc_v2(unsigned long long *address, size_t bytes);
int cuMemAlloc_v2(unsigned long long *address, size_t bytes)
{
	(void)bytes;
	*address = 43;
	return 42;
}

int cuMemAllocIsNotMine(void);
int cuMemAllocIsNotMine(void)
{
	return 4711;
}
