/* SPDX-License-Identifier: MIT */
/*
 * Three lines of one function and two calls on one line are separate entries;
 * a loop is one.
 *
 * variants: gcc:-O0,clang:-O0
 * expect: leak first bytes=10 blocks=1 frames=many:first,main:call
 * expect: leak second bytes=20 blocks=1 frames=many:second,main:call
 * expect: leak pair bytes=70 blocks=2 entries=2 frames=many:pair,main:call
 * expect: leak loop bytes=35 blocks=7 frames=many:loop,main:call
 * expect: totals allocations=11 frees=0 live_bytes=135 live_blocks=11 peak_bytes=135
 */
#include "victim.h"

static NOINLINE void many(void)
{
	keep(malloc(10));                   /* LEAK:first */
	keep(malloc(20));                   /* LEAK:second */
	keep(malloc(30)), keep(malloc(40)); /* LEAK:pair */
	for (int i = 0; i < 7; i++)
		keep(malloc(5)); /* LEAK:loop */
}

int main(void)
{
	many(); /* AT:call */
	return 0;
}
