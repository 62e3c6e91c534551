/* SPDX-License-Identifier: MIT */
/*
 * Tail calls leave no frame: the reported stack is that of the machine, with the
 * allocating line first and the last real caller after it.
 *
 * variants: gcc:-O2,clang:-O2
 * expect: leak tail bytes=44 blocks=1 frames=leaf:leaf,main:call
 */
#include "victim.h"

static NOINLINE void leaf(size_t n)
{
	keep(malloc(n)); /* LEAK:leaf */
}

static NOINLINE void hop(size_t n)
{
	leaf(n + 4);
}

int main(int argc, char **argv)
{
	(void)argv;
	hop((size_t)argc * 40); /* AT:call */
	NO_TAIL();
	return 0;
}
