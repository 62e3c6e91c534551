/* SPDX-License-Identifier: MIT */
/*
 * A stand-in for libcuda.so.1 that has two functions and what the shim asks; its
 * "addresses" begin at BASE.
 */
#include <stddef.h>
#include <string.h>

#ifndef BASE
#define BASE 0x100000000ull
#endif

typedef unsigned long long address;

int cuMemAlloc_v2(address *out, size_t size);
int cuMemFree_v2(address p);
int cuCtxGetCurrent(void **out);
int cuCtxGetDevice(int *out);
int cuDeviceGetName(char *name, int size, int device);

static address next = BASE;

int cuMemAlloc_v2(address *out, size_t size)
{
	*out = next;
	next += (size + 255) / 256 * 256;
	return 0;
}

int cuMemFree_v2(address p)
{
	return p >= BASE && p < next ? 0 : 1;
}

int cuCtxGetCurrent(void **out)
{
	*out = &next;
	return 0;
}

int cuCtxGetDevice(int *out)
{
	*out = 0;
	return 0;
}

int cuDeviceGetName(char *name, int size, int device)
{
	(void)device;
	strncpy(name, "stand-in", (size_t)size);
	return 0;
}
