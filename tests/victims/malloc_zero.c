/* SPDX-License-Identifier: MIT */
/*
 * malloc(0) is a block of 0 bytes.
 *
 * expect: leak nothing bytes=0 blocks=1 frames=main:nothing
 * expect: totals allocations=2 frees=1 allocated_bytes=0 live_bytes=0 live_blocks=1
 */
#include "victim.h"

int main(void)
{
	keep(malloc(0)); /* LEAK:nothing */
	free(keep(malloc(0)));
	return 0;
}
