/* SPDX-License-Identifier: MIT */
/*
 * Functions that the compiler put into their caller are named all the same.
 *
 * variants: gcc:-O2,clang:-O2
 * expect: leak deep bytes=64 blocks=1 inlined=yes frames=innermost:deep,middle:middle,main:call
 * expect: totals allocations=1 frees=0
 */
#include "victim.h"

static inline __attribute__((always_inline)) void innermost(size_t n)
{
	keep(malloc(n)); /* LEAK:deep */
}

static inline __attribute__((always_inline)) void middle(size_t n)
{
	innermost(n * 2); /* AT:middle */
}

int main(int argc, char **argv)
{
	(void)argv;
	middle((size_t)argc * 32); /* AT:call */
	NO_TAIL();
	return 0;
}
