/* SPDX-License-Identifier: MIT */
/*
 * A thousand clean scopes leave no survivor; the tree counts them.
 *
 * expect: no-leak
 * expect: scope /request instances=1000 open_instances=0 allocations=2000 allocated_bytes=80000
 * expect: scope /request outlived_blocks=0 outlived_bytes=0 live_blocks=0 peak_bytes=80
 * expect: totals allocations=2000 frees=2000
 */
#include "victim.h"
#include <leakscope/leakscope.h>

int main(void)
{
	for (int i = 0; i < 1000; i++) {
		LEAKSCOPE_SCOPE("request") {
			void *a = keep(malloc(30)), *b = keep(malloc(50));
			free(a);
			free(b);
		}
	}
	return 0;
}
