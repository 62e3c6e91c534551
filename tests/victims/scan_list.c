/* SPDX-License-Identifier: MIT */
/*
 * A list whose head is lost: the first block is the leak, the others come with it.
 * One whose second block is still known: only the first is lost.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * gate: fail
 * expect: leak head bytes=64 blocks=2 kind=definite entries>=1 frames=list:node,build
 * expect: leak rest bytes=3168 blocks=99 kind=indirect entries>=1 frames=list:node,build
 * expect: leak known bytes=3168 blocks=99 kind=reachable entries>=1 frames=list:node,build
 */
#include "scan.h"

struct node {
	struct node *next;
	char rest[24];
};
static struct node *volatile second;

static NOINLINE struct node *list(void)
{
	struct node *first = NULL;
	for (int i = 0; i < 100; i++) {
		struct node *node = calloc(1, sizeof(*node)); /* LEAK:node */
		node->next = first;
		first = node;
	}
	return first;
}

static NOINLINE void build(void)
{
	keep(list());
	second = list()->next;
}

int main(void)
{
	build();
	return 0;
}
