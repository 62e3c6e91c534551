/* SPDX-License-Identifier: MIT */
/*
 * A program that takes LD_PRELOAD out of its environment: what it starts with
 * exec is tracked all the same.
 *
 * part: leaky from=leaky.c
 * run: {build}/leaky
 * images: 1
 * expect: exit=4
 * expect: leak leaky bytes=111 blocks=1 frames=leaky_leak:leaky,main
 */
#include "victim.h"

int main(int argc, char **argv)
{
	CHECK(argc == 2);
	unsetenv("LD_PRELOAD");
	CHECK(getenv("LD_PRELOAD") == NULL);
	keep(malloc(1));
	execl(argv[1], "leaky", (char *)NULL);
	return 1;
}
