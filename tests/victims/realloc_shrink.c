/* SPDX-License-Identifier: MIT */
/*
 * A block that shrinks in place counts its new size.
 *
 * expect: leak small bytes=24 blocks=1 frames=main:small
 * expect: totals allocations=2 frees=1 allocated_bytes=100024 live_bytes=24 peak_bytes=100000
 */
#include "victim.h"

int main(void)
{
	void *p = keep(malloc(100000));
	keep(realloc(p, 24)); /* LEAK:small */
	return 0;
}
