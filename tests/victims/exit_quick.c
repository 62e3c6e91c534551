/* SPDX-License-Identifier: MIT */
/*
 * quick_exit runs at_quick_exit handlers, not atexit's.
 *
 * expect: exit=9
 * expect: stdout="quick\n"
 * expect: leak kept bytes=14 blocks=1 frames=main:kept
 * expect: leak handler bytes=15 blocks=1 frames=quick:handler
 */
#include "victim.h"

static void quick(void)
{
	keep(malloc(15)); /* LEAK:handler */
	say("quick\n");
}

static void never(void)
{
	say("never\n");
}

int main(void)
{
	CHECK(at_quick_exit(quick) == 0 && atexit(never) == 0);
	keep(malloc(14)); /* LEAK:kept */
	quick_exit(9);
}
