/* SPDX-License-Identifier: MIT */
/* Stands before the driver in the program's libraries and counts what passes. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stddef.h>

int between_allocs, between_frees;

int cuMemAlloc_v2(unsigned long long *address, size_t bytes);
int cuMemAlloc_v2(unsigned long long *address, size_t bytes)
{
	static int (*next)(unsigned long long *, size_t);
	if (!next)
		*(void **)&next = dlsym(RTLD_NEXT, "cuMemAlloc_v2");
	between_allocs++;
	int status = next(address, bytes);
	__asm__ volatile("" ::: "memory");
	return status;
}

int cuMemFree_v2(unsigned long long address);
int cuMemFree_v2(unsigned long long address)
{
	static int (*next)(unsigned long long);
	if (!next)
		*(void **)&next = dlsym(RTLD_NEXT, "cuMemFree_v2");
	between_frees++;
	return next(address);
}
