/* SPDX-License-Identifier: MIT */
/*
 * free of what malloc never gave: libc's words and signal, as bare.
 *
 * cflags: -Wno-free-nonheap-object
 * expect: signal=6
 * expect: leak own bytes=40 blocks=1 frames=main:own
 */
#include "victim.h"

int main(void)
{
	static char space[64];
	keep(malloc(40)); /* LEAK:own */
	free(keep(space + 8));
	return 0;
}
