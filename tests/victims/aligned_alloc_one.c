/* SPDX-License-Identifier: MIT */
/*
 * aligned_alloc and memalign.
 *
 * expect: leak aligned bytes=640 blocks=1 frames=leak_here:aligned,main
 * expect: leak old bytes=33 blocks=1 frames=leak_here:old,main
 * expect: totals allocations=4 frees=2 allocated_bytes=1057
 */
#include "victim.h"
#include <malloc.h>

static NOINLINE void leak_here(void)
{
	void *p = keep(aligned_alloc(64, 640)); /* LEAK:aligned */
	void *q = keep(memalign(1024, 33));     /* LEAK:old */
	CHECK(((uintptr_t)p & 63) == 0 && ((uintptr_t)q & 1023) == 0);
}

int main(void)
{
	leak_here();
	free(keep(aligned_alloc(256, 256)));
	free(keep(memalign(32, 128)));
	return 0;
}
