/* SPDX-License-Identifier: MIT */
/*
 * An atexit handler that ends the program by _exit with another status.
 *
 * expect: exit=8
 * expect: leak own bytes=10 blocks=1 frames=main:own
 * expect: leak handler bytes=20 blocks=1 frames=at_end:handler
 */
#include "victim.h"

static void at_end(void)
{
	keep(malloc(20)); /* LEAK:handler */
	_exit(8);
}

int main(void)
{
	CHECK(atexit(at_end) == 0);
	keep(malloc(10)); /* LEAK:own */
	return 2;
}
