/* SPDX-License-Identifier: MIT */
/*
 * libc keeps the argument of on_exit until the handler has run, and the handler may
 * free it: not a leak. Of one that the handler does not free libc still has the pointer,
 * or has not: both will do.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * expect: exit=5
 * expect: stdout="5 5\n"
 * expect: leak forgotten bytes=20 blocks=1 frames=main:forgotten
 * expect: totals allocations=2 frees=1
 */
#include "scan.h"

static void release(int status, void *block)
{
	say("%d\n", status);
	free(block);
}

static void forget(int status, void *block)
{
	(void)block;
	say("%d ", status);
}

int main(void)
{
	CHECK(on_exit(release, malloc(10)) == 0);
	CHECK(on_exit(forget, malloc(20)) == 0); /* LEAK:forgotten */
	wipe();
	exit(5);
}
