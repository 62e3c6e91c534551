/* SPDX-License-Identifier: MIT */
/*
 * Sizes that need more than 32 bits.
 *
 * expect: leak huge bytes=5368709121 blocks=1 frames=main:huge
 * expect: totals allocations=2 frees=1 live_bytes=5368709121 allocated_bytes=10200547330
 */
#include "victim.h"

int main(void)
{
	void *p = keep(malloc(((size_t)9 << 29) + 1)); /* 4.5 GiB and 1: never touched */
	CHECK(p);
	free(p);
	CHECK(keep(malloc(((size_t)5 << 30) + 1))); /* LEAK:huge */
	return 0;
}
