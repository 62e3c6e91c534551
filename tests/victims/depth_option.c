/* SPDX-License-Identifier: MIT */
/*
 * --depth keeps the innermost frames.
 *
 * flags: --depth 3
 * expect: leak deep bytes=10 blocks=2 entries=1 frames=f0:deep,f1,f2
 */
#include "victim.h"

static NOINLINE void f0(void)
{
	keep(malloc(5)); /* LEAK:deep */
}
static NOINLINE void f1(void)
{
	f0();
	NO_TAIL();
}
static NOINLINE void f2(void)
{
	f1();
	NO_TAIL();
}
static NOINLINE void f3(int which)
{
	if (which)
		f2();
	NO_TAIL();
}

int main(void)
{
	f3(1);
	f3(2);
	return 0;
}
