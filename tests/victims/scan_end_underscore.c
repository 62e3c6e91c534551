/* SPDX-License-Identifier: MIT */
/*
 * The end by _exit, below main: blocks that live functions hold are reachable, others are
 * lost.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * gate: fail
 * expect: exit=7
 * expect: leak main bytes=50 blocks=1 kind=reachable frames=main:main
 * expect: leak global bytes=60 blocks=1 kind=reachable frames=fill:global,main
 * expect: leak lost bytes=70 blocks=1 kind=definite frames=fill:lost,main
 */
#include "scan.h"

static void *volatile global;

static NOINLINE void fill(void)
{
	global = malloc(60); /* LEAK:global */
	keep(malloc(70));    /* LEAK:lost */
}

static NOINLINE void leave(void)
{
	_exit(7);
}

int main(void)
{
	void *volatile held = malloc(50); /* LEAK:main */
	fill();
	wipe();
	leave();
	keep(held);
	return 0;
}
