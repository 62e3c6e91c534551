/* SPDX-License-Identifier: MIT */
/*
 * longjmp and siglongjmp out of deep frames, with new ones built over the same
 * stack each time: no stack is taken for another.
 *
 * cflags: -Wno-infinite-recursion
 * expect: leak even bytes=500 blocks=50 frames=bottom:even,down_even entries=1
 * expect: leak odd bytes=1000 blocks=50 frames=bottom:odd,down_odd entries=1
 * expect: leak top bytes=300 blocks=100 frames=main:top
 */
#include "victim.h"
#include <setjmp.h>

static jmp_buf out;
static sigjmp_buf signal_out;

static NOINLINE void bottom(int odd)
{
	if (odd)
		keep(malloc(20)); /* LEAK:odd */
	else
		keep(malloc(10)); /* LEAK:even */
	if (odd)
		siglongjmp(signal_out, 1);
	longjmp(out, 1);
}

static NOINLINE void down_even(int depth)
{
	if (depth == 0)
		bottom(0);
	down_even(depth - 1);
	NO_TAIL();
}

static NOINLINE void down_odd(int depth)
{
	char filler[48];
	keep(filler);
	if (depth == 0)
		bottom(1);
	down_odd(depth - 1);
	NO_TAIL();
}

int main(void)
{
	for (volatile int i = 0; i < 100; i++) {
		if (i % 2 == 0) {
			if (setjmp(out) == 0)
				down_even(12);
		} else {
			if (sigsetjmp(signal_out, 1) == 0)
				down_odd(12);
		}
		keep(malloc(3)); /* LEAK:top */
	}
	return 0;
}
