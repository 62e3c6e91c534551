/* SPDX-License-Identifier: MIT */
/*
 * __lsan_is_turned_off in the program says 1 (and is exported): no block is a leak, and no check finds one.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * cflags: -rdynamic
 * gate: pass
 * expect: leak lost bytes=60 blocks=2 entries>=1 frames=lose:lost,main
 * expect: summary definite.blocks=0 indirect.blocks=0
 */
#include "scan_lsan.h"

int __lsan_is_turned_off(void);
__attribute__((visibility("default"))) int __lsan_is_turned_off(void)
{
	return 1;
}

static NOINLINE void lose(void)
{
	for (int i = 0; i < 2; i++)
		keep(malloc(30)); /* LEAK:lost */
}

int main(void)
{
	lose();
	wipe();
	if (__lsan_do_recoverable_leak_check)
		CHECK(__lsan_do_recoverable_leak_check() == 0);
	LSAN(__lsan_do_leak_check);
	return 0;
}
