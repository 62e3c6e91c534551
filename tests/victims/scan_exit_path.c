/* SPDX-License-Identifier: MIT */
/*
 * Handlers that exit() runs had pointers on their stack, and a destructor after them:
 * frames of the way out are no roots. What a handler of on_exit gets as its argument
 * is one, and so is what atexit's handlers left in data.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * gate: fail
 * expect: leak lost bytes=100 blocks=10 entries>=1 kind=definite frames=at_exit:lost
 * expect: leak late bytes=7 blocks=1 kind=definite frames=destructor:late
 * expect: leak kept bytes=30 blocks=1 kind=reachable frames=at_exit:kept
 */
#include "scan.h"

static void *volatile global;

static void at_exit(void)
{
	void *volatile held[10];
	for (int i = 0; i < 10; i++)
		held[i] = malloc(10); /* LEAK:lost */
	keep((void *)held);
	global = malloc(30); /* LEAK:kept */
}

__attribute__((destructor)) static void destructor(void)
{
	void *volatile held = malloc(7); /* LEAK:late */
	keep(held);
}

int main(void)
{
	CHECK(atexit(at_exit) == 0);
	exit(0);
}
