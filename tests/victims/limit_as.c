/* SPDX-License-Identifier: MIT */
/*
 * A tight address space: the shim reserves nothing large, and the program runs
 * into its own limit only.
 *
 * wrap: prlimit --as=60000000 --
 * mode: preload
 * images: any
 * expect: leak kept bytes=300000 blocks=3 entries>=1 frames=main:kept
 */
#include "victim.h"

int main(void)
{
	for (int i = 0; i < 3; i++)
		CHECK(keep(malloc(100000))); /* LEAK:kept */
	for (int i = 0; i < 100; i++)
		free(keep(malloc(50000)));
	CHECK(keep(malloc(500000000)) == NULL && errno == ENOMEM);
	return 0;
}
