/* SPDX-License-Identifier: MIT */
/*
 * __lsan_do_leak_check of a program that has lost nothing: it goes on.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * gate: pass
 * expect: exit=6
 * expect: stdout="on\n"
 * expect: leak held bytes=20 blocks=1 kind=reachable frames=main:held
 */
#include "scan_lsan.h"

static void *volatile held;

int main(void)
{
	held = malloc(20); /* LEAK:held */
	LSAN(__lsan_do_leak_check);
	say("on\n");
	return 6;
}
