/* SPDX-License-Identifier: MIT */
/*
 * exit() is called on a stack from malloc that nothing else points to: the stack that
 * runs is reachable, and so is what lives on it and on the stack of main that waits
 * below it.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * gate: pass
 * expect: exit=8
 * expect: leak stack bytes=65536 blocks=1 kind=reachable frames=begin:stack,main
 * expect: leak held bytes=80 blocks=1 kind=reachable frames=coroutine:held
 * expect: leak main bytes=90 blocks=1 kind=reachable frames=main:main
 */
#include "scan.h"
#include <ucontext.h>

static ucontext_t outside, inside;

static NOINLINE void leave(void)
{
	exit(8);
}

static void coroutine(void)
{
	void *volatile held = malloc(80); /* LEAK:held */
	memset(&inside, 0, sizeof(inside));
	wipe();
	leave();
	keep(held);
}

static NOINLINE void begin(void)
{
	CHECK(getcontext(&inside) == 0);
	inside.uc_stack.ss_sp = malloc(65536); /* LEAK:stack */
	inside.uc_stack.ss_size = 65536;
	inside.uc_link = &outside;
	makecontext(&inside, coroutine, 0);
	CHECK(swapcontext(&outside, &inside) == 0);
}

int main(void)
{
	void *volatile held = malloc(90); /* LEAK:main */
	begin();
	keep(held);
	return 0;
}
