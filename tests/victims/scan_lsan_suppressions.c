/* SPDX-License-Identifier: MIT */
/*
 * __lsan_default_suppressions in the program: leaks through the function it names are left
 * out of every report and do not fail the gate.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * gate: pass
 * report: --kinds=all
 * expect: no-output~known_leak +\S*scan_lsan_suppressions\.c
 * expect: leak held bytes=20 blocks=1 kind=reachable frames=main:held
 * expect: summary definite.blocks=0 suppressed_blocks=3 suppressed_bytes=90
 */
#include "scan_lsan.h"

static void *volatile held;

const char *__lsan_default_suppressions(void);
__attribute__((visibility("default"))) const char *__lsan_default_suppressions(void)
{
	return "# a comment\nleak:known_leak\nleak:no_such_function\n";
}

static NOINLINE void known_leak(void)
{
	for (int i = 0; i < 3; i++)
		keep(malloc(30));
}

int main(void)
{
	held = malloc(20); /* LEAK:held */
	known_leak();
	wipe();
	return 0;
}
