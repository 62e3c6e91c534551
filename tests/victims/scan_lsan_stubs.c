/* SPDX-License-Identifier: MIT */
/*
 * A library defines the interface of leak detectors with functions that do nothing, for
 * where there is none: it is not taken for one.
 *
 * variants: gcc:-O0,clang:-O2
 * part: libstubs.so from=scan_stubs.c
 * libs: -L{build} -lstubs -Wl,-rpath,{build}
 * quiet: no
 * bare: differs
 * expect: stdout="leaks: 1\n"
 * expect: leak lost bytes=40 blocks=1 kind=definite frames=lose:lost,main
 */
#include "scan_lsan.h"

static NOINLINE void lose(void)
{
	keep(malloc(40)); /* LEAK:lost */
}

int main(void)
{
	lose();
	wipe();
	printf("leaks: %d\n", __lsan_do_recoverable_leak_check() != 0);
	return 0;
}
