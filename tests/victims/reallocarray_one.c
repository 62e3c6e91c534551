/* SPDX-License-Identifier: MIT */
/*
 * reallocarray counts the product.
 *
 * expect: leak array bytes=1000 blocks=1 frames=leak_here:array,main
 * expect: totals allocations=2 frees=1 allocated_bytes=1120 live_bytes=1000
 */
#include "victim.h"

static NOINLINE void leak_here(void)
{
	void *p = keep(reallocarray(NULL, 10, 12));
	keep(reallocarray(p, 100, 10)); /* LEAK:array */
}

int main(void)
{
	leak_here();
	return 0;
}
