/* SPDX-License-Identifier: MIT */
/*
 * A program that replaces itself: the old image had blocks on its stack and lost ones, and
 * is no leak; the new one is judged by itself.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * images: 1
 * run: 1
 * gate: fail
 * expect: exit=5
 * expect: leak second bytes=200 blocks=1 kind=definite frames=second:second,main
 * expect: leak held bytes=30 blocks=1 kind=reachable frames=main:held
 * expect@exec1: state=exec
 */
#include "scan.h"

static void *volatile held;

static NOINLINE void first(void)
{
	keep(malloc(100)); /* LEAK:first */
}

static NOINLINE void second(void)
{
	keep(malloc(200)); /* LEAK:second */
}

int main(int argc, char **argv)
{
	if (argc == 2) {
		first();
		execl("/proc/self/exe", argv[0], (char *)NULL);
		return 1;
	}
	held = malloc(30); /* LEAK:held */
	second();
	return 5;
}
