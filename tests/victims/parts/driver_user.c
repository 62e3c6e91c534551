/* SPDX-License-Identifier: MIT */
/* A library that is linked with the driver, and looks its functions up as well. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dlfcn.h>
#include <stddef.h>

typedef unsigned long long address;

int cuMemAlloc_v2(address *out, size_t size);
address user_linked(size_t size);
address user_default(size_t size);

address user_linked(size_t size)
{
	address p = 0;
	int r = cuMemAlloc_v2(&p, size); /* AT:linked */
	return r ? 0 : p;
}

address user_default(size_t size)
{
	address p = 0;
	int (*allocate)(address *, size_t) =
		(int (*)(address *, size_t))dlsym(RTLD_DEFAULT, "cuMemAlloc_v2");
	int r = allocate ? allocate(&p, size) : 1; /* AT:default */
	return r ? 0 : p;
}
