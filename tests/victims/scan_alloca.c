/* SPDX-License-Identifier: MIT */
/*
 * Pointers in variable-length arrays and in memory from alloca of frames that live.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * gate: pass
 * expect: leak vla bytes=500 blocks=50 entries>=1 kind=reachable frames=with_vla:vla,main
 * expect: leak alloca bytes=550 blocks=50 entries>=1 kind=reachable frames=with_alloca:alloca,with_vla,main
 */
#include "scan.h"
#include <alloca.h>

static NOINLINE void leave(void)
{
	exit(0);
}

static NOINLINE void with_alloca(size_t count)
{
	void *volatile *held = alloca(count * sizeof(void *));
	for (size_t i = 0; i < count; i++)
		held[i] = malloc(11); /* LEAK:alloca */
	leave();
	keep((void *)held);
}

static NOINLINE void with_vla(size_t count)
{
	void *volatile held[count];
	for (size_t i = 0; i < count; i++)
		held[i] = malloc(10); /* LEAK:vla */
	with_alloca(count);
	keep((void *)held);
}

int main(void)
{
	with_vla(50);
	return 0;
}
