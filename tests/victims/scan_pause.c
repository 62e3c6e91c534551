/* SPDX-License-Identifier: MIT */
/*
 * Blocks made while recording was paused are not reported, but they hold what they point
 * to, also where a recorded block points to them.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * gate: pass
 * expect: leak held bytes=20 blocks=1 kind=reachable frames=build:held,main
 * expect: leak below bytes=30 blocks=1 kind=reachable frames=build:below,main
 * expect: leak forgotten bytes=40 blocks=1 kind=reachable frames=build:forgotten,main
 */
#include "scan.h"
#include <leakscope/leakscope.h>

static void **volatile root;

static NOINLINE void build(void)
{
	leakscope_pause();
	void **first = calloc(1, 100), **second = calloc(1, 110), **lost = calloc(1, 120);
	leakscope_resume();
	void **held = calloc(1, 20); /* LEAK:held */
	root = first;
	first[3] = held;
	held[1] = second;
	second[4] = malloc(30); /* LEAK:below */
	lost[5] = malloc(40);   /* LEAK:forgotten */
	keep(lost);
}

int main(void)
{
	build();
	wipe();
	return 0;
}
