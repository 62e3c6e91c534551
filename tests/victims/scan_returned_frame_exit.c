/* SPDX-License-Identifier: MIT */
/*
 * The same where main calls exit() itself: its frame is alive, the frames below are not.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * gate: fail
 * expect: leak frame bytes=100 blocks=10 entries>=1 kind=definite frames=holds:frame,main
 */
#include "scan.h"

static NOINLINE void holds(void)
{
	void *volatile held[10];
	for (int i = 0; i < 10; i++)
		held[i] = malloc(10); /* LEAK:frame */
	keep((void *)held);
}

int main(void)
{
	holds();
	exit(0);
}
