/* SPDX-License-Identifier: MIT */
/*
 * Two blocks that point to each other, a block that points to itself, and a ring of
 * a thousand: one block of each is lost, the others with it.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * gate: fail
 * expect: leak self bytes=24 blocks=1 kind=definite frames=build:self,main
 * expect: leak first bytes=64 blocks=2 kind=definite entries>=1 frames=ring:node
 * expect: leak others bytes=32000 blocks=1000 kind=indirect entries>=1 frames=ring:node
 * expect: summary definite.blocks=3 indirect.blocks=1000 reachable.blocks=0
 */
#include "scan.h"

struct node {
	struct node *next;
	char rest[24];
};

static NOINLINE void ring(int count)
{
	struct node *first = NULL, *last = NULL;
	for (int i = 0; i < count; i++) {
		struct node *node = calloc(1, sizeof(*node)); /* LEAK:node */
		node->next = first;
		first = node;
		if (!last)
			last = node;
	}
	last->next = first;
	keep(first);
}

static NOINLINE void build(void)
{
	void **self = calloc(3, sizeof(void *)); /* LEAK:self */
	self[2] = self;
	keep(self);
	ring(2);
	ring(1000);
}

int main(void)
{
	build();
	return 0;
}
