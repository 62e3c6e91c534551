/* SPDX-License-Identifier: MIT */
/*
 * Optimised code without frame pointers, many registers in use, large frames.
 *
 * variants: gcc:-O3+-fomit-frame-pointer,clang:-O3+-fomit-frame-pointer,gcc:-O2+-fno-omit-frame-pointer
 * expect: leak deep bytes=8 blocks=1 frames=third:deep,second:second,first:first,main:call
 */
#include "victim.h"

static NOINLINE double third(size_t n, double a, double b)
{
	keep(malloc(n)); /* LEAK:deep */
	return a * b;
}

static NOINLINE double second(size_t n, const double *v)
{
	double room[300];
	for (int i = 0; i < 300; i++)
		room[i] = v[i & 3];
	keep(room);
	double r = third(n, room[1], room[2]); /* AT:second */
	return r + room[7];
}

static NOINLINE double first(size_t n)
{
	double v[4] = {1, 2, 3, 4};
	keep(v);
	return second(n, v) * 2; /* AT:first */
}

int main(int argc, char **argv)
{
	(void)argv;
	double d = first((size_t)argc * 8); /* AT:call */
	CHECK(d > 0);
	return 0;
}
