/* SPDX-License-Identifier: MIT */
/*
 * Chains of pointers: nothing points to B: it is lost.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * gate: fail
 * expect: leak b bytes=100 blocks=1 kind=definite frames=build:b,main
 * expect: summary definite.bytes=100 indirect.bytes=0 possible.bytes=0
 */
#include "scan.h"

static NOINLINE void build(void)
{
	char *b = calloc(1, 100); /* LEAK:b */
	keep(b);
}

int main(void)
{
	build();
	wipe();
	return 0;
}
