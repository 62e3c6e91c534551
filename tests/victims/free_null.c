/* SPDX-License-Identifier: MIT */
/*
 * free(NULL) is no free.
 *
 * expect: no-leak
 * expect: totals allocations=1 frees=1
 */
#include "victim.h"

static void *volatile none;

int main(void)
{
	free(none);
	free(keep(malloc(8)));
	free(none);
	return 0;
}
