/* SPDX-License-Identifier: MIT */
/*
 * Survivors that are freed after their scope closed are counted as such, and
 * are no leaks.
 *
 * expect: leak stays bytes=30 blocks=3 scope=/batch frames=main:stays
 * expect: scope /batch instances=10 outlived_blocks=10 outlived_bytes=100 outlived_freed_blocks=7
 * expect: scope /batch live_blocks=3 live_bytes=30 allocations=10
 * expect: summary leaked_blocks=3 leaked_bytes=30
 */
#include "victim.h"
#include <leakscope/leakscope.h>

int main(void)
{
	void *blocks[10];
	for (int i = 0; i < 10; i++)
		LEAKSCOPE_SCOPE("batch")
			blocks[i] = keep(malloc(10)); /* LEAK:stays */
	for (int i = 0; i < 7; i++)
		free(blocks[i]);
	return 0;
}
