/* SPDX-License-Identifier: MIT */
/*
 * valloc and pvalloc: the bytes that were requested, not the whole pages.
 *
 * expect: leak page bytes=1000 blocks=1 frames=leak_here:page,main
 * expect: leak pages bytes=5000 blocks=1 frames=leak_here:pages,main
 * expect: totals allocations=4 frees=2 allocated_bytes=6021
 */
#include "victim.h"
#include <malloc.h>

static NOINLINE void leak_here(void)
{
	void *p = keep(valloc(1000));  /* LEAK:page */
	void *q = keep(pvalloc(5000)); /* LEAK:pages */
	CHECK(((uintptr_t)p & 4095) == 0 && ((uintptr_t)q & 4095) == 0);
}

int main(void)
{
	leak_here();
	free(keep(valloc(10)));
	free(keep(pvalloc(11)));
	return 0;
}
