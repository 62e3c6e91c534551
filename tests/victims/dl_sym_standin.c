/* SPDX-License-Identifier: MIT */
/*
 * A program that brings a library of its own with the driver's functions, and no driver:
 * that one is called, and not taken for one.
 *
 * libs: -ldl -L{build} -lmock -Wl,-rpath,{build}
 * part: libmock.so from=driver.c
 * expect: leak own bytes=7 blocks=1 frames=main:own
 */
#include "victim.h"
#include <dlfcn.h>

typedef unsigned long long address;

int cuMemAlloc_v2(address *out, size_t size);
int cuMemFree_v2(address p);

int main(void)
{
	address p, q;
	CHECK(cuMemAlloc_v2(&p, 100) == 0 && cuMemAlloc_v2(&q, 100) == 0 && q == p + 256);
	CHECK(cuMemFree_v2(p) == 0 && cuMemFree_v2(5) == 1);
	CHECK(dlsym(RTLD_DEFAULT, "cuMemAlloc_v2"));
	keep(malloc(7)); /* LEAK:own */
	return 0;
}
