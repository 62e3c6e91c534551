/* SPDX-License-Identifier: MIT */
/*
 * libc finds a double free: its words and its signal are the program's end, and
 * the recording is complete.
 *
 * expect: signal=6
 * expect: leak own bytes=40 blocks=1 frames=main:own
 * expect: totals allocations=2 frees=1
 */
#include "victim.h"

int main(void)
{
	void *p = keep(malloc(100)), *again = keep(p);
	keep(malloc(40)); /* LEAK:own */
	free(p);
	free(keep(again));
	return 0;
}
