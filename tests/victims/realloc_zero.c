/* SPDX-License-Identifier: MIT */
/*
 * realloc(p, 0) frees in glibc and returns NULL; realloc(NULL, 0) is malloc(0).
 *
 * expect: leak empty bytes=0 blocks=1 frames=main:empty
 * expect: totals allocations=2 frees=1 allocated_bytes=77 live_bytes=0 live_blocks=1
 */
#include "victim.h"

static volatile size_t zero;

int main(void)
{
	void *p = keep(malloc(77));
	CHECK(realloc(p, zero) == NULL);
	CHECK(keep(realloc(NULL, zero)) != NULL); /* LEAK:empty */
	return 0;
}
