/* SPDX-License-Identifier: MIT */
/*
 * Two hundred scopes deep on one thread: each becomes active in its turn, and all
 * are left again.
 *
 * variants: gcc:-O0
 * expect: leak bottom bytes=9 blocks=1 scope~^(/s){200}$ frames=down:bottom
 * expect: leak after bytes=5 blocks=1 scope=/ frames=main:after
 */
#include "victim.h"
#include <leakscope/leakscope.h>

static NOINLINE void down(int depth)
{
	LEAKSCOPE_SCOPE("s") {
		if (depth == 1)
			keep(malloc(9)); /* LEAK:bottom */
		else
			down(depth - 1);
	}
}

int main(void)
{
	down(200);
	keep(malloc(5)); /* LEAK:after */
	return 0;
}
