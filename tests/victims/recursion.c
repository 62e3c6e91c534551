/* SPDX-License-Identifier: MIT */
/*
 * Ten thousand frames: the innermost ones are kept and the cut is no harm.
 *
 * expect: leak bottom bytes=90 blocks=1 frames=down:bottom,down:step,down:step
 * expect: leak after bytes=91 blocks=1 frames=main:after
 * expect: totals allocations=2 frees=0
 */
#include "victim.h"

static NOINLINE void down(int depth)
{
	if (depth == 0) {
		keep(malloc(90)); /* LEAK:bottom */
		return;
	}
	down(depth - 1); /* AT:step */
	NO_TAIL();
}

int main(void)
{
	down(10000);
	keep(malloc(91)); /* LEAK:after */
	return 0;
}
