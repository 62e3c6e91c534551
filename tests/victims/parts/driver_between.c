/* SPDX-License-Identifier: MIT */
/* A library before the driver in the order, which counts calls and hands them on. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dlfcn.h>
#include <stddef.h>

typedef unsigned long long address;

int cuMemAlloc_v2(address *out, size_t size);
int between_calls(void);

static int calls;

int cuMemAlloc_v2(address *out, size_t size)
{
	static int (*next)(address *, size_t);
	if (!next)
		next = (int (*)(address *, size_t))dlsym(RTLD_NEXT, "cuMemAlloc_v2");
	calls++;
	return next ? next(out, size) : 999;
}

int between_calls(void)
{
	return calls;
}
