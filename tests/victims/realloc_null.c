/* SPDX-License-Identifier: MIT */
/*
 * realloc(NULL, n) is an allocation and no free.
 *
 * expect: leak fresh bytes=64 blocks=1 frames=leak_here:fresh,main
 * expect: totals allocations=2 frees=1 allocated_bytes=96
 */
#include "victim.h"

static NOINLINE void leak_here(void)
{
	keep(realloc(NULL, 64)); /* LEAK:fresh */
}

int main(void)
{
	leak_here();
	free(keep(realloc(NULL, 32)));
	return 0;
}
