/* SPDX-License-Identifier: MIT */
/*
 * A thousand blocks of 1 to 1000 bytes at one line.
 *
 * expect: leak each bytes=500500 blocks=1000 frames=main:each
 * expect: totals allocations=1000 frees=0 live_bytes=500500 peak_bytes=500500
 */
#include "victim.h"

int main(void)
{
	for (size_t n = 1; n <= 1000; n++)
		keep(malloc(n)); /* LEAK:each */
	return 0;
}
