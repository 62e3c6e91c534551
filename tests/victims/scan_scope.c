/* SPDX-License-Identifier: MIT */
/*
 * A survivor of a scope is one even if it is reachable, and the gate fails for it; a lost
 * one is both; one that was moved belongs to the scope it was moved to, which ends with
 * the process; one of no scope is what its pointers say.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * gate: fail
 * expect: leak kept bytes=10 blocks=1 scope=/work outlived=yes kind=reachable frames=work:kept,main
 * expect: leak lost bytes=20 blocks=1 scope=/work outlived=yes kind=definite frames=work:lost,main
 * expect: leak moved bytes=30 blocks=1 scope=/store outlived=yes kind=reachable frames=work:moved,main
 * expect: leak before bytes=40 blocks=1 kind=reachable frames=main:before
 * expect: scope /work outlived_blocks=2 outlived_bytes=30
 * expect: summary outlived.blocks=3 outlived.bytes=60
 */
#include "scan.h"
#include <leakscope/leakscope.h>

static void *volatile kept, *volatile moved, *volatile before;

static NOINLINE void work(leakscope_scope_t store)
{
	LEAKSCOPE_SCOPE("work") {
		kept = malloc(10);  /* LEAK:kept */
		keep(malloc(20));   /* LEAK:lost */
		moved = malloc(30); /* LEAK:moved */
		leakscope_retag(moved, store);
	}
}

int main(void)
{
	before = malloc(40); /* LEAK:before */
	leakscope_scope_t store = leakscope_scope_new(0, "store", LEAKSCOPE_MANAGER);
	work(store);
	wipe();
	return 0;
}
