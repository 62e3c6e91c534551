/* SPDX-License-Identifier: MIT */
/*
 * A hundred blocks grown in turn by one byte a time: moves between one thread's
 * blocks lose and double nothing.
 *
 * expect: leak all bytes=20000 blocks=100 frames=grow:all,main
 * expect: totals allocations=20000 frees=19900 live_bytes=20000 live_blocks=100 peak_bytes=20000
 */
#include "victim.h"

static NOINLINE void grow(void **p, size_t size)
{
	*p = keep(realloc(*p, size)); /* LEAK:all */
}

int main(void)
{
	static void *blocks[100];
	for (size_t size = 1; size <= 200; size++)
		for (int i = 0; i < 100; i++)
			grow(&blocks[i], size);
	return 0;
}
