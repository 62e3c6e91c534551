/* SPDX-License-Identifier: MIT */
/*
 * Pointers with a tag in the lowest three bits count as such with the option; those
 * further inside do not.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * options: tagged=1
 * gate: pass
 * expect: leak tagged bytes=700 blocks=7 kind=reachable entries>=1 frames=build:tagged,main
 * expect: leak inside bytes=200 blocks=1 kind=possible frames=build:inside,main
 */
#include "scan.h"

static void *volatile root[8];

static NOINLINE void build(void)
{
	for (int tag = 1; tag < 8; tag++)
		root[tag] = (char *)malloc(100) + tag; /* LEAK:tagged */
	root[0] = (char *)malloc(200) + 8;             /* LEAK:inside */
}

int main(void)
{
	build();
	wipe();
	return 0;
}
