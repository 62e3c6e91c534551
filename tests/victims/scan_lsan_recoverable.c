/* SPDX-License-Identifier: MIT */
/*
 * __lsan_do_recoverable_leak_check: 0 as long as there is no leak, another number when
 * there is one, as often as it is asked; 0 again when the leak has been freed.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * quiet: no
 * expect: leak held bytes=20 blocks=1 kind=reachable frames=main:held
 * expect: leak lost bytes=40 blocks=1 kind=definite frames=make:made,main:second
 */
#include "scan_lsan.h"

static void *volatile held;
static volatile uint64_t hidden;

static NOINLINE void make(void)
{
	hidden = HIDE(malloc(40)); /* LEAK:made */
}

/* Without a detector: what it would say. */
static NOINLINE int check(int expected)
{
	return __lsan_do_recoverable_leak_check ? __lsan_do_recoverable_leak_check() != 0
						: expected;
}

int main(void)
{
	held = malloc(20); /* LEAK:held */
	CHECK(check(0) == 0);
	CHECK(check(0) == 0);
	make();
	wipe();
	CHECK(check(1) == 1);
	CHECK(check(1) == 1);
	free(SHOW(hidden));
	CHECK(check(0) == 0);
	make(); /* AT:second */
	wipe();
	CHECK(check(1) == 1);
	return 0;
}
