/* SPDX-License-Identifier: MIT */
/*
 * A lost block points to a cycle: the block is the leak, all of the cycle comes with it,
 * whichever of the three was allocated first.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * gate: fail
 * expect: leak head bytes=100 blocks=2 kind=definite entries>=1 frames=build:head
 * expect: leak cycle bytes=160 blocks=4 kind=indirect entries>=1 frames=build:cycle
 * expect: summary definite.blocks=2 indirect.blocks=4
 */
#include "scan.h"

static NOINLINE void build(int head_first)
{
	void **ring[2], **head = NULL;
	for (int i = 0; i < 3; i++)
		if (i == (head_first ? 0 : 2))
			head = calloc(1, 50); /* LEAK:head */
		else
			ring[head_first ? i - 1 : i] = calloc(1, 40); /* LEAK:cycle */
	ring[0][1] = ring[1];
	ring[1][2] = ring[0];
	head[3] = ring[1];
	keep(head);
}

int main(void)
{
	build(0);
	build(1);
	return 0;
}
