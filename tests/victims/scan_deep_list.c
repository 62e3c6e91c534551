/* SPDX-License-Identifier: MIT */
/*
 * Lists of a hundred thousand blocks, one that a global holds and one that is lost:
 * nothing recurses over them.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * gate: fail
 * images: any
 * wrap: prlimit --stack=262144 --
 * expect: leak held bytes=2400000 blocks=100000 kind=reachable entries>=1 frames=main:held
 * expect: leak lost bytes=24 blocks=1 kind=definite entries>=1 frames=build:lost,main
 * expect: leak rest bytes=2399976 blocks=99999 kind=indirect entries>=1 frames=build:lost,main
 */
#include "scan.h"

static void **volatile first;

static NOINLINE void build(void)
{
	void **last = NULL;
	for (int i = 0; i < 100000; i++) {
		void **block = malloc(24); /* LEAK:lost */
		*block = last;
		last = keep(block);
	}
}

int main(void)
{
	for (int i = 0; i < 100000; i++) {
		void **block = malloc(24); /* LEAK:held */
		*block = first;
		first = block;
	}
	build();
	return 0;
}
