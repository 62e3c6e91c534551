/* SPDX-License-Identifier: MIT */
/*
 * Pointers in initialised and uninitialised data, static, global and in arrays.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * gate: pass
 * expect: leak data bytes=11 blocks=1 kind=reachable frames=fill:data,main
 * expect: leak bss bytes=22 blocks=1 kind=reachable frames=fill:bss,main
 * expect: leak global bytes=33 blocks=1 kind=reachable frames=fill:global,main
 * expect: leak array bytes=44 blocks=1 kind=reachable frames=fill:array,main
 * expect: leak local bytes=55 blocks=1 kind=reachable frames=fill:local,main
 * expect: leak indirect bytes=66 blocks=1 kind=reachable frames=fill:indirect,main
 * expect: summary reachable.bytes=231 definite.blocks=0 unclassified.blocks=0
 */
#include "scan.h"

static void *volatile in_data[2] = {(void *)1, (void *)2};
static void *volatile in_bss;
void *volatile visible;
static struct {
	char text[4000];
	void *volatile deep[100];
} record;
static void *target = &record;
static void **volatile indirect = &target;

static NOINLINE void fill(void)
{
	static void *volatile local;
	keep(local);
	in_data[1] = malloc(11);      /* LEAK:data */
	in_bss = malloc(22);          /* LEAK:bss */
	visible = malloc(33);         /* LEAK:global */
	record.deep[99] = malloc(44); /* LEAK:array */
	local = malloc(55);           /* LEAK:local */
	*indirect = malloc(66);       /* LEAK:indirect */
}

int main(void)
{
	fill();
	wipe();
	return 0;
}
