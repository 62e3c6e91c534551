/* SPDX-License-Identifier: MIT */
/*
 * Pointers in the first and in the last word of blocks of many sizes.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * gate: pass
 * expect: leak holders bytes>=400000 blocks=600 kind=reachable entries>=1 frames=build:holder,main
 * expect: leak first bytes=6600 blocks=600 kind=reachable entries>=1 frames=build:first,main
 * expect: leak last bytes=7200 blocks=600 kind=reachable entries>=1 frames=build:last,main
 */
#include "scan.h"

static void **volatile root[600];

static NOINLINE void build(void)
{
	for (size_t i = 0; i < 600; i++) {
		void **holder = calloc(i + 2, sizeof(void *)); /* LEAK:holder */
		holder[0] = malloc(11);                        /* LEAK:first */
		holder[i + 1] = malloc(12);                    /* LEAK:last */
		root[i] = holder;
	}
}

int main(void)
{
	build();
	wipe();
	return 0;
}
