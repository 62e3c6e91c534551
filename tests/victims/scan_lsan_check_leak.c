/* SPDX-License-Identifier: MIT */
/*
 * __lsan_do_leak_check of a program that has lost something ends it, with status 23, and
 * the recording is complete. (Bare, there is no such function, and it goes on.)
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * bare: differs
 * quiet: no
 * gate: fail
 * expect: exit=23
 * expect: state=exited
 * expect: process exit_code=23
 * expect: leak lost bytes=30 blocks=1 kind=definite frames=lose:lost,main
 */
#include "scan_lsan.h"

static NOINLINE void lose(void)
{
	keep(malloc(30)); /* LEAK:lost */
}

int main(void)
{
	lose();
	wipe();
	LSAN(__lsan_do_leak_check);
	say("on\n");
	return 6;
}
