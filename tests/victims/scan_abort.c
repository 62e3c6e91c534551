/* SPDX-License-Identifier: MIT */
/*
 * A program that aborts below main: kinds are known all the same.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * expect: signal=6
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

static NOINLINE void fail(void)
{
	abort();
}

int main(void)
{
	void *volatile held = malloc(50); /* LEAK:main */
	fill();
	wipe();
	fail();
	keep(held);
	return 0;
}
