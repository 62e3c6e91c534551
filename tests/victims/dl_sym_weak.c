/* SPDX-License-Identifier: MIT */
/*
 * Weak references to the driver's functions, without a driver: that to a function the
 * shim does not wrap (cuInit, which comes first) is null as ever; one that is wrapped
 * has an address, and its call says that there is no driver.
 *
 * variants: gcc:-O0, clang:-O2, gcc:-no-pie
 * expect: leak own bytes=6 blocks=1 frames=main:own
 */
#include "victim.h"

typedef unsigned long long address;

int cuInit(unsigned flags) __attribute__((weak));
int cuMemAlloc_v2(address *out, size_t size) __attribute__((weak));

int main(void)
{
	address p = 3;
	int (*volatile init)(unsigned) = cuInit;
	int (*volatile allocate)(address *, size_t) = cuMemAlloc_v2;
	CHECK(!init);
	CHECK(!allocate || (allocate(&p, 1) == 34 && p == 3));
	keep(malloc(6)); /* LEAK:own */
	return 0;
}
