/* SPDX-License-Identifier: MIT */
/*
 * A million live blocks: exact, and at most 64 bytes of recording for each.
 *
 * variants: gcc:-O2
 * expect: leak heap bytes=24499960 blocks=1000000 frames=fill:heap,main
 * expect: totals allocations=1100000 frees=100000 live_blocks=1000000 live_bytes=24499960
 * expect: recording disk<=64000000
 */
#include "victim.h"

static NOINLINE void fill(size_t count)
{
	for (size_t i = 0; i < count; i++) {
		keep(malloc(16 + i % 18)); /* LEAK:heap */
		if (i % 10 == 0)
			free(keep(malloc(100)));
	}
}

int main(void)
{
	fill(1000000);
	NO_TAIL();
	return 0;
}
