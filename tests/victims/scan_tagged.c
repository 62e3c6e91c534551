/* SPDX-License-Identifier: MIT */
/*
 * Pointers with a tag in the lowest bits: possibly lost, unless the option says so.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * gate: pass
 * expect: leak tagged bytes=700 blocks=7 kind=possible entries>=1 frames=build:tagged,main
 */
#include "scan.h"

static void *volatile root[8];

static NOINLINE void build(void)
{
	for (int tag = 1; tag < 8; tag++)
		root[tag] = (char *)malloc(100) + tag; /* LEAK:tagged */
}

int main(void)
{
	build();
	wipe();
	return 0;
}
