/* SPDX-License-Identifier: MIT */
/*
 * __lsan_ignore_object: that block is not reported, and what only it points to is no leak
 * either. Addresses that are no blocks are passed over.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * gate: fail
 * expect: leak behind bytes=70 blocks=1 kind=reachable frames=build:behind,main
 * expect: leak lost bytes=30 blocks=1 kind=definite frames=build:lost,main
 */
#include "scan_lsan.h"

static int no_block;

static NOINLINE void build(void)
{
	void **ignored = calloc(1, 100);
	void *behind = calloc(1, 70); /* LEAK:behind */
	ignored[3] = behind;
	LSAN(__lsan_ignore_object, ignored);
	LSAN(__lsan_ignore_object, &no_block);
	LSAN(__lsan_ignore_object, NULL);
	keep(malloc(30)); /* LEAK:lost */
	void *freed = malloc(33);
	LSAN(__lsan_ignore_object, keep(freed));
	free(freed);
}

int main(void)
{
	build();
	wipe();
	return 0;
}
