/* SPDX-License-Identifier: MIT */
/*
 * calloc counts the product, and its memory is zero.
 *
 * expect: leak zeroed bytes=600 blocks=1 frames=leak_here:zeroed,main
 * expect: totals allocations=2 frees=1 allocated_bytes=1320 peak_bytes=1320
 */
#include "victim.h"

static NOINLINE void leak_here(void)
{
	char *p = keep(calloc(30, 20)); /* LEAK:zeroed */
	for (int i = 0; i < 600; i++)
		CHECK(p[i] == 0);
}

int main(void)
{
	leak_here();
	free(keep(calloc(6, 120)));
	return 0;
}
