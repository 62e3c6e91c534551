/* SPDX-License-Identifier: MIT */
/*
 * pause and resume nest; what is made in between is not recorded, frees of
 * recorded blocks are, frees of unrecorded ones are no error.
 *
 * expect: leak before bytes=1 blocks=1 frames=main:before
 * expect: leak after bytes=4 blocks=1 frames=main:after
 * expect: totals allocations=3 frees=1 live_blocks=2 live_bytes=5
 */
#include "victim.h"
#include <leakscope/leakscope.h>

int main(void)
{
	keep(malloc(1)); /* LEAK:before */
	void *recorded = keep(malloc(50));
	leakscope_pause();
	void *unseen = keep(malloc(1000));
	leakscope_pause();
	keep(malloc(2000));
	leakscope_resume();
	keep(malloc(3000));
	free(recorded);
	leakscope_resume();
	free(unseen);
	keep(malloc(4)); /* LEAK:after */
	return 0;
}
