/* SPDX-License-Identifier: MIT */
/*
 * A pointer far behind a block, and one before it, mean another block or none.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * gate: fail
 * expect: leak before bytes=1000 blocks=1 kind=definite frames=build:before,main
 * expect: leak behind bytes=1024 blocks=1 kind=definite frames=build:behind,main
 */
#include "scan.h"

static volatile uintptr_t root[2];

static NOINLINE void build(void)
{
	root[0] = (uintptr_t)calloc(1, 1000) - 1; /* LEAK:before */
	free(keep(calloc(1, 1000)));
	root[1] = (uintptr_t)calloc(1, 1024) + 1025; /* LEAK:behind */
}

int main(void)
{
	build();
	wipe();
	return 0;
}
