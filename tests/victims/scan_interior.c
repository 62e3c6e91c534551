/* SPDX-License-Identifier: MIT */
/*
 * A global that points into a block: possibly lost, at the second byte, in the middle
 * and behind the last; behind that nothing is meant. Through another block too.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * gate: pass
 * expect: leak second bytes=101 blocks=1 kind=possible frames=build:second,main
 * expect: leak middle bytes=102 blocks=1 kind=possible frames=build:middle,main
 * expect: leak end bytes=104 blocks=1 kind=possible frames=build:end,main
 * expect: leak inner bytes=105 blocks=1 kind=possible frames=build:inner,main
 * expect: leak both bytes=106 blocks=1 kind=reachable frames=build:both,main
 * expect: leak empty bytes=0 blocks=1 kind=reachable frames=build:empty,main
 * expect: summary possible.bytes=412 reachable.bytes=106 definite.blocks=0
 */
#include "scan.h"

static void *volatile root[8];

static NOINLINE void build(void)
{
	char *block = calloc(1, 101); /* LEAK:second */
	root[0] = block + 1;
	block = calloc(1, 102); /* LEAK:middle */
	root[1] = block + 56;
	*(void **)(block + 64) = calloc(1, 105); /* LEAK:inner */
	block = calloc(1, 104);                  /* LEAK:end */
	root[2] = block + 104;
	block = calloc(1, 106); /* LEAK:both */
	root[3] = block + 50;
	root[4] = block;
	root[5] = malloc(0); /* LEAK:empty */
}

int main(void)
{
	build();
	wipe();
	return 0;
}
