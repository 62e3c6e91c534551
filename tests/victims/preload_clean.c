/* SPDX-License-Identifier: MIT */
/*
 * Plain LD_PRELOAD of a clean program that waits for its children only: no
 * trouble at exit.
 *
 * mode: preload
 * expect: no-leak
 * expect: totals allocations=100 frees=100
 */
#include "victim.h"

int main(void)
{
	for (int i = 0; i < 100; i++)
		free(keep(malloc(10)));
	return 0;
}
