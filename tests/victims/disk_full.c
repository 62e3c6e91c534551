/* SPDX-License-Identifier: MIT */
/*
 * A file system of 256 KiB for a recording that needs megabytes: it goes on
 * elsewhere and says so, nothing is lost, no SIGBUS.
 *
 * disk: 256k
 * variants: gcc:-O2
 * expect: leak all bytes=2400000 blocks=100000 frames=main:all
 * expect: totals allocations=100000 frees=0 live_blocks=100000
 * expect: note~(?i)(full|space|elsewhere|overflow|room|limit)
 */
#include "victim.h"

int main(void)
{
	for (int i = 0; i < 100000; i++)
		keep(malloc(24)); /* LEAK:all */
	return 0;
}
