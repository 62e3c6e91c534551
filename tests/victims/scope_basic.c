/* SPDX-License-Identifier: MIT */
/*
 * A scope that closed over a live block: a survivor, and a leak at the end.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O2
 * expect: leak inside bytes=100 blocks=1 scope=/work outlived=yes frames=job:inside,main:call
 * expect: leak outside bytes=7 blocks=1 scope=/ outlived=no frames=main:outside
 * expect: scope /work parent=/ instances=1 open_instances=0 allocations=2 allocated_bytes=150
 * expect: scope /work live_bytes=100 live_blocks=1 peak_bytes=150 outlived_bytes=100
 * expect: scope /work outlived_blocks=1 outlived_freed_blocks=0 kind=user name=work
 * expect: summary leaked_bytes=107 leaked_blocks=2
 */
#include "victim.h"
#include <leakscope/leakscope.h>

static NOINLINE void job(void)
{
	keep(malloc(100)); /* LEAK:inside */
	free(keep(malloc(50)));
}

int main(void)
{
	leakscope_scope_t s = leakscope_scope_open("work");
	job(); /* AT:call */
	leakscope_scope_close(s);
	keep(malloc(7)); /* LEAK:outside */
	return 0;
}
