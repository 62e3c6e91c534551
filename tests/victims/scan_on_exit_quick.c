/* SPDX-License-Identifier: MIT */
/*
 * The argument of an on_exit handler that never runs (_exit) is in libc's data, and so
 * is that of a destructor that __cxa_atexit registers.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * gate: pass
 * expect: exit=4
 * expect: leak argument bytes=20 blocks=1 kind=reachable frames=fill:argument,main
 * expect: leak cxa bytes=30 blocks=1 kind=reachable frames=fill:cxa,main
 */
#include "scan.h"

int __cxa_atexit(void (*function)(void *), void *argument, void *module);
extern void *__dso_handle;

static void never(int status, void *block)
{
	say("%d\n", status);
	free(block);
}

static NOINLINE void fill(void)
{
	CHECK(on_exit(never, malloc(20)) == 0);                    /* LEAK:argument */
	CHECK(__cxa_atexit(free, malloc(30), &__dso_handle) == 0); /* LEAK:cxa */
}

int main(void)
{
	fill();
	wipe();
	_exit(4);
}
