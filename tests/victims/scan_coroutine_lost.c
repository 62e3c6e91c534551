/* SPDX-License-Identifier: MIT */
/*
 * The same, but nothing points to the suspended stack any more: the stack is the leak,
 * and what lives on it comes with it.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * gate: fail
 * expect: leak stack bytes=65536 blocks=1 kind=definite frames=begin:stack,main
 * expect: leak held bytes=80 blocks=1 kind=indirect frames=coroutine:held
 */
#include "scan.h"
#include <ucontext.h>

static ucontext_t outside, inside;

static void coroutine(void)
{
	void *volatile held = malloc(80); /* LEAK:held */
	wipe();
	swapcontext(&inside, &outside);
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
	memset(&inside, 0, sizeof(inside));
	memset(&outside, 0, sizeof(outside));
}

int main(void)
{
	begin();
	wipe();
	return 0;
}
