/* SPDX-License-Identifier: MIT */
/*
 * exit() is called far below main: what lives on main's stack and on that of each
 * function between is reachable.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * gate: pass
 * expect: exit=3
 * expect: leak main bytes=100 blocks=1 kind=reachable frames=main:own
 * expect: leak between bytes=200 blocks=10 kind=reachable entries=10 frames=down:between
 */
#include "scan.h"

static void (*volatile leave)(int) = exit;

static NOINLINE void down(int depth)
{
	void *volatile held = malloc(20); /* LEAK:between */
	if (depth > 1)
		down(depth - 1);
	else
		leave(3);
	keep(held);
}

int main(void)
{
	void *volatile held = malloc(100); /* LEAK:own */
	down(10);
	keep(held);
	return 0;
}
