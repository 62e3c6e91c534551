/* SPDX-License-Identifier: MIT */
/*
 * Chains of pointers: a root points to A, and A into B: A is reachable, B possibly lost.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * gate: pass
 * expect: leak a bytes=64 blocks=1 kind=reachable frames=build:a,main
 * expect: leak b bytes=100 blocks=1 kind=possible frames=build:b,main
 * expect: summary definite.bytes=0 indirect.bytes=0 possible.bytes=100
 */
#include "scan.h"

static void *volatile root;

static NOINLINE void build(void)
{
	void **a = calloc(8, sizeof(void *)); /* LEAK:a */
	char *b = calloc(1, 100);             /* LEAK:b */
	a[1] = b + 20;
	root = a;
}

int main(void)
{
	build();
	wipe();
	return 0;
}
