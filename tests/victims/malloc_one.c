/* SPDX-License-Identifier: MIT */
/*
 * One block kept, one freed: every total is exact.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * expect: leak kept bytes=100 blocks=1 scope=/ frames=leak_here:kept,main:call threads=1
 * expect: totals allocations=2 frees=1 allocated_bytes=150 live_bytes=100 live_blocks=1
 * expect: totals peak_bytes=150
 * expect: summary leaked_bytes=100 leaked_blocks=1 suppressed_blocks=0
 */
#include "victim.h"

static NOINLINE void leak_here(void)
{
	keep(malloc(100)); /* LEAK:kept */
}

int main(void)
{
	leak_here(); /* AT:call */
	free(keep(malloc(50)));
	return 0;
}
