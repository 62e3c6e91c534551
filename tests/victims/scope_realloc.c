/* SPDX-License-Identifier: MIT */
/*
 * A block that is resized in another scope belongs to that one.
 *
 * expect: leak grown bytes=2000 blocks=1 scope=/second frames=main:grown
 * expect: scope /first outlived_blocks=1 outlived_bytes=100 outlived_freed_blocks=1 live_blocks=0
 * expect: scope /second outlived_blocks=1 outlived_bytes=2000 outlived_freed_blocks=0
 */
#include "victim.h"
#include <leakscope/leakscope.h>

int main(void)
{
	void *p = NULL;
	LEAKSCOPE_SCOPE("first")
		p = keep(malloc(100));
	LEAKSCOPE_SCOPE("second")
		keep(realloc(p, 2000)); /* LEAK:grown */
	return 0;
}
