/* SPDX-License-Identifier: MIT */
/*
 * Four thousand different stacks from two functions, twelve calls deep: every
 * one is its own entry, at less than 750 bytes of recording.
 *
 * variants: gcc:-O0,gcc:-O2
 * expect: leak each bytes=28672 blocks=4096 entries=4096 frames=leaf:each
 * expect: recording disk<=3000000
 */
#include "victim.h"

static void left(int depth, unsigned int way);

static NOINLINE void leaf(void)
{
	keep(malloc(7)); /* LEAK:each */
}

static NOINLINE void right(int depth, unsigned int way)
{
	if (depth == 0)
		leaf();
	else if (way & 1)
		left(depth - 1, way >> 1);
	else
		right(depth - 1, way >> 1);
	NO_TAIL();
}

static NOINLINE void left(int depth, unsigned int way)
{
	if (depth == 0)
		leaf();
	else if (way & 1)
		left(depth - 1, way >> 1);
	else
		right(depth - 1, way >> 1);
	NO_TAIL();
}

int main(void)
{
	for (unsigned int way = 0; way < 4096; way++)
		right(12, way);
	return 0;
}
