/* SPDX-License-Identifier: MIT */
/*
 * Chains of pointers: a root points into B: B is possibly lost.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * gate: pass
 * expect: leak b bytes=100 blocks=1 kind=possible frames=build:b,main
 * expect: summary definite.bytes=0 indirect.bytes=0 possible.bytes=100
 */
#include "scan.h"

static void *volatile root;

static NOINLINE void build(void)
{
	char *b = calloc(1, 100); /* LEAK:b */
	root = b + 20;
}

int main(void)
{
	build();
	wipe();
	return 0;
}
