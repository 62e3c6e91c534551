/* SPDX-License-Identifier: MIT */
/*
 * The same address, handed out 100 000 times, is one block at the end.
 *
 * expect: leak last bytes=48 blocks=1 frames=main:last
 * expect: totals allocations=100001 frees=100000 allocated_bytes=4800048 peak_bytes=48
 */
#include "victim.h"

int main(void)
{
	for (int i = 0; i < 100000; i++)
		free(keep(malloc(48)));
	keep(malloc(48)); /* LEAK:last */
	return 0;
}
