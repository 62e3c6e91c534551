/* SPDX-License-Identifier: MIT */
/*
 * Two call paths that differ only in the middle, in turn: each keeps its own.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0
 * expect: leak left bytes=1000 blocks=100 entries=1 frames=leaf:leaf,hop:hop,left:left,main
 * expect: leak right bytes=2000 blocks=100 entries=1 frames=leaf:leaf,hop:hop,right:right,main
 * expect: totals allocations=400 frees=200
 */
#include "victim.h"

static NOINLINE void leaf(size_t n)
{
	keep(malloc(n)); /* LEAK:leaf */
}

static NOINLINE void hop(size_t n)
{
	leaf(n); /* AT:hop */
	NO_TAIL();
}

static NOINLINE void left(void)
{
	hop(10); /* AT:left */
	free(keep(malloc(3)));
}

static NOINLINE void right(void)
{
	hop(20); /* AT:right */
	free(keep(malloc(4)));
}

int main(void)
{
	for (int i = 0; i < 100; i++) {
		left();
		right();
	}
	return 0;
}
