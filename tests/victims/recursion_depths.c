/* SPDX-License-Identifier: MIT */
/*
 * A block at every level of 300: with enough depth each is its own stack.
 *
 * flags: --depth 400
 * expect: leak level bytes=1505 blocks=301 entries=301 frames=down:level
 * expect: leak first bytes=5 blocks=1 frames=down:level,main:start
 */
#include "victim.h"

static NOINLINE void down(int depth)
{
	keep(malloc(5)); /* LEAK:level */
	if (depth > 0)
		down(depth - 1);
	NO_TAIL();
}

int main(void)
{
	down(300); /* AT:start */
	return 0;
}
