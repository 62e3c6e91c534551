/* SPDX-License-Identifier: MIT */
/*
 * A lost tree, and a wide one that a global holds; the time that the program stands
 * still is short.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * gate: fail
 * expect: leak root bytes=80 blocks=1 kind=definite entries>=1 frames=grow:node
 * expect: leak branches bytes=27200 blocks=340 kind=indirect entries>=1 frames=grow:node
 * expect: leak hub bytes=800000 blocks=1 kind=reachable frames=main:hub
 * expect: leak leaves bytes=2400000 blocks=100000 kind=reachable entries>=1 frames=main:leaf
 * expect: overhead scan_pause_s<=0.5
 */
#include "scan.h"

struct node {
	struct node *child[4];
	char rest[48];
};
static void **volatile hub;

static NOINLINE struct node *grow(int depth)
{
	struct node *node = calloc(1, sizeof(*node)); /* LEAK:node */
	for (int i = 0; depth > 0 && i < 4; i++)
		node->child[i] = grow(depth - 1);
	return node;
}

int main(void)
{
	keep(grow(4));
	hub = calloc(100000, sizeof(void *)); /* LEAK:hub */
	for (int i = 0; i < 100000; i++)
		hub[i] = malloc(24); /* LEAK:leaf */
	return 0;
}
