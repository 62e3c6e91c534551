/* SPDX-License-Identifier: MIT */
/*
 * Chains of pointers: nothing points to A, and A points to B: A is lost, and B with it.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * gate: fail
 * expect: leak a bytes=64 blocks=1 kind=definite frames=build:a,main
 * expect: leak b bytes=100 blocks=1 kind=indirect frames=build:b,main
 * expect: summary definite.bytes=64 indirect.bytes=100 possible.bytes=0
 */
#include "scan.h"

static NOINLINE void build(void)
{
	void **a = calloc(8, sizeof(void *)); /* LEAK:a */
	char *b = calloc(1, 100);             /* LEAK:b */
	a[1] = b;
	keep(a);
}

int main(void)
{
	build();
	wipe();
	return 0;
}
