/* SPDX-License-Identifier: MIT */
/*
 * Leftovers of calls that passed a pointer on, in registers and on the stack, are
 * no roots, with main returning and with exit() called in a function that is as deep.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * gate: fail
 * expect: leak passed bytes=100 blocks=1 kind=definite frames=lose:passed,main
 * expect: leak many bytes=90 blocks=1 kind=definite frames=lose:many,main
 */
#include "scan.h"

static NOINLINE void *take(void *p, int depth)
{
	return depth ? take(keep(p), depth - 1) : keep(p);
}

static NOINLINE int take_many(int a, int b, int c, int d, int e, int f, void *p, void *q)
{
	NO_TAIL();
	return keep(p) == keep(q) ? a + b + c : d + e + f;
}

static NOINLINE void lose(void)
{
	void *p = malloc(100); /* LEAK:passed */
	take(p, 20);
	p = malloc(90); /* LEAK:many */
	take_many(1, 2, 3, 4, 5, 6, p, p);
}

static NOINLINE void leave(void)
{
	exit(0);
}

int main(int argc, char **argv)
{
	lose();
	if (argv[argc] == NULL)
		leave();
	return 0;
}
