/* SPDX-License-Identifier: MIT */
/*
 * Pointers that only freed blocks still hold, small and large ones, at their start, in
 * the middle and at the end; and what an array held before realloc made it shorter.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * gate: fail
 * expect: leak small bytes=100 blocks=10 kind=definite entries>=1 frames=lose:held,main:small
 * expect: leak large bytes=200 blocks=10 kind=definite entries>=1 frames=lose:held,main:large
 * expect: leak reused bytes=300 blocks=10 kind=definite entries>=1 frames=lose:held,main:reused
 * expect: leak shrunk bytes=800 blocks=1 kind=reachable frames=shrink:array,main
 * expect: leak kept bytes=4000 blocks=100 kind=reachable entries>=1 frames=shrink:element,main
 * expect: leak dropped bytes=4000 blocks=100 kind=definite entries>=1 frames=shrink:element,main
 */
#include "scan.h"

static void **volatile array;

static NOINLINE void lose(size_t words, size_t size)
{
	void **holder = malloc(words * sizeof(void *));
	for (size_t i = 0; i < 10; i++)
		holder[i * (words - 1) / 9] = malloc(size); /* LEAK:held */
	free(keep(holder));
}

static NOINLINE void shrink(void)
{
	void **all = malloc(200 * sizeof(void *));
	for (int i = 0; i < 200; i++)
		all[i] = malloc(40);                /* LEAK:element */
	array = realloc(all, 100 * sizeof(void *)); /* LEAK:array */
}

int main(void)
{
	lose(10, 10);     /* AT:small */
	lose(3000, 20);   /* AT:large */
	lose(100000, 30); /* AT:reused */
	shrink();
	wipe();
	return 0;
}
