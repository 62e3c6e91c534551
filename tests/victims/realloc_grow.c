/* SPDX-License-Identifier: MIT */
/*
 * A block that grows is, at every step, one allocation and one free; it belongs
 * to the line that resized it last.
 *
 * expect: leak grown bytes=500000 blocks=1 frames=grow:grown,main:call
 * expect: totals allocations=5 frees=4 allocated_bytes=555110 live_bytes=500000
 */
#include "victim.h"

static NOINLINE void grow(void)
{
	char *p = keep(malloc(10));
	memcpy(p, "leakscope", 10);
	p = keep(realloc(p, 100));
	p = keep(realloc(p, 5000));
	p = keep(realloc(p, 50000));
	p = keep(realloc(p, 500000)); /* LEAK:grown */
	CHECK(strcmp(p, "leakscope") == 0);
}

int main(void)
{
	grow(); /* AT:call */
	return 0;
}
