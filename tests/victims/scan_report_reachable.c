/* SPDX-License-Identifier: MIT */
/*
 * The text report of reachable blocks only.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * report: --color=never --kinds=reachable
 * gate: fail
 * expect: output~reachable
 * expect: output~hold_it
 * expect: no-output~lose_it
 * expect: leak held bytes=5000 blocks=1 kind=reachable frames=hold_it:held,main
 * expect: leak lost bytes=4000 blocks=1 kind=definite frames=lose_it:lost,main
 */
#include "scan.h"

static void *volatile held;

static NOINLINE void hold_it(void)
{
	held = malloc(5000); /* LEAK:held */
}

static NOINLINE void lose_it(void)
{
	keep(malloc(4000)); /* LEAK:lost */
}

int main(void)
{
	hold_it();
	lose_it();
	wipe();
	return 0;
}
