/* SPDX-License-Identifier: MIT */
/*
 * A coroutine is suspended on a stack from malloc that a global points to: what lives
 * on that stack, and what lives in the registers it has saved there, is reachable.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * gate: pass
 * expect: leak stack bytes=65536 blocks=1 kind=reachable frames=begin:stack,main
 * expect: leak held bytes=80 blocks=1 kind=reachable frames=coroutine:held
 */
#include "scan.h"
#include <ucontext.h>

static ucontext_t outside, inside;
static void *volatile stack;

static void coroutine(void)
{
	void *volatile held = malloc(80); /* LEAK:held */
	wipe();
	swapcontext(&inside, &outside);
	keep(held);
}

static NOINLINE void begin(void)
{
	stack = malloc(65536); /* LEAK:stack */
	CHECK(getcontext(&inside) == 0);
	inside.uc_stack.ss_sp = stack;
	inside.uc_stack.ss_size = 65536;
	inside.uc_link = &outside;
	makecontext(&inside, coroutine, 0);
	CHECK(swapcontext(&outside, &inside) == 0);
}

int main(void)
{
	begin();
	wipe();
	return 0;
}
