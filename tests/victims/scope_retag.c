/* SPDX-License-Identifier: MIT */
/*
 * Retagging moves ownership: a moved block is no survivor of the scope it left,
 * and one of the scope it went to. Blocks nobody knows are ignored.
 *
 * expect: leak moved bytes=100 blocks=1 scope=/owner frames=make:moved,main:first
 * expect: leak root bytes=50 blocks=1 scope=/ outlived=no frames=make:moved,main:second
 * expect: scope /batch allocations=3 outlived_blocks=0 outlived_bytes=0 live_blocks=0
 * expect: scope /owner allocations=0 live_bytes=100 live_blocks=1 outlived_blocks=1 kind=manager
 * expect: totals allocations=3 frees=1
 */
#include "victim.h"
#include <leakscope/leakscope.h>

static NOINLINE void *make(size_t n)
{
	return keep(malloc(n)); /* LEAK:moved */
}

int main(void)
{
	int local = 0;
	leakscope_scope_t owner = leakscope_scope_new(0, "owner", LEAKSCOPE_MANAGER);
	leakscope_scope_t batch = leakscope_scope_open("batch");
	void *a = make(100); /* AT:first */
	void *b = make(50);  /* AT:second */
	void *c = make(30);
	leakscope_retag(a, owner);
	leakscope_retag(b, 0);
	leakscope_retag(c, owner);
	leakscope_retag(&local, owner);
	leakscope_retag(NULL, owner);
	leakscope_scope_close(batch);
	free(c);
	leakscope_scope_close(owner);
	return 0;
}
