/* SPDX-License-Identifier: MIT */
/*
 * Memory that the program itself gets with sbrk and brk lies in the midst of malloc's
 * heap, and is none of it: pointers in there count, as long as it is there.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O2
 * gate: fail
 * expect: leak first bytes=10 blocks=1 kind=reachable frames=fill:first,main
 * expect: leak second bytes=11 blocks=1 kind=reachable frames=fill:second,main
 * expect: leak third bytes=12 blocks=1 kind=reachable frames=fill:third,main
 * expect: leak gone bytes=13 blocks=1 kind=definite frames=fill:gone,main
 * expect: leak between bytes=300000 blocks=300 kind=definite frames=fill:between,main
 */
#include "scan.h"

static NOINLINE void fill(void)
{
	void **own = sbrk(4096);
	own[100] = malloc(10); /* LEAK:first */
	for (int i = 0; i < 300; i++)
		keep(malloc(1000)); /* LEAK:between */
	own = sbrk(300000);
	CHECK(own != (void *)-1);
	own[37000] = malloc(11); /* LEAK:second */
	own = sbrk(0);
	CHECK(brk(own + 512) == 0);
	own[500] = malloc(12); /* LEAK:third */
	own = sbrk(0);
	CHECK(brk(own + 512) == 0);
	own[500] = malloc(13); /* LEAK:gone */
	CHECK(sbrk(-4096) != (void *)-1);
}

int main(void)
{
	fill();
	wipe();
	return 0;
}
