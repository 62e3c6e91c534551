/* SPDX-License-Identifier: MIT */
/*
 * Frames of variable size.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O2
 * expect: leak under bytes=1000 blocks=100 entries=1 frames=bottom:under,variable:call,main:loop
 */
#include "victim.h"
#include <alloca.h>

static NOINLINE void bottom(void)
{
	keep(malloc(10)); /* LEAK:under */
}

static NOINLINE void variable(size_t n)
{
	char array[n];
	char *other = alloca(n * 2 + 1);
	keep(array);
	keep(other);
	bottom(); /* AT:call */
	NO_TAIL();
}

int main(void)
{
	for (size_t i = 1; i <= 100; i++)
		variable(i * 7); /* AT:loop */
	return 0;
}
