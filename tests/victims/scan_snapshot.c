/* SPDX-License-Identifier: MIT */
/*
 * A snapshot in the middle, then a block that was held then is lost: what counts is the
 * end. A block that is reachable then and freed later is none.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * gate: fail
 * expect: exit=2
 * expect: leak held bytes=100 blocks=1 kind=reachable frames=main:held
 * expect: leak lost bytes=200 blocks=1 kind=definite frames=first:lost,main
 * expect: leak later bytes=300 blocks=1 kind=definite frames=later:later,main
 * expect: snapshot label=a live_blocks=3 live_bytes=370
 * expect: snapshot label=b live_blocks=2 live_bytes=300
 */
#include "scan.h"
#include <leakscope/leakscope.h>

static void *volatile held, *volatile lost, *volatile freed;

static NOINLINE void first(void)
{
	lost = malloc(200); /* LEAK:lost */
}

static NOINLINE void later(void)
{
	keep(malloc(300)); /* LEAK:later */
}

int main(void)
{
	held = malloc(100); /* LEAK:held */
	first();
	freed = malloc(70);
	leakscope_snapshot("a");
	free(freed);
	freed = NULL;
	leakscope_snapshot("b");
	lost = NULL;
	later();
	exit(2);
}
