/* SPDX-License-Identifier: MIT */
/*
 * Coroutines on stacks that malloc made.
 *
 * expect: leak coroutine bytes=51 blocks=3 frames=coroutine:step entries>=1
 * expect: leak stack bytes=65536 blocks=1 frames=main:stack
 * expect: leak main bytes=60 blocks=3 entries>=1 frames=main:between
 */
#include "victim.h"
#include <ucontext.h>

static ucontext_t outside, inside;

static void coroutine(void)
{
	for (int i = 0; i < 3; i++) {
		keep(malloc(17)); /* LEAK:step */
		swapcontext(&inside, &outside);
	}
}

int main(void)
{
	void *stack = malloc(65536); /* LEAK:stack */
	CHECK(getcontext(&inside) == 0);
	inside.uc_stack.ss_sp = keep(stack);
	inside.uc_stack.ss_size = 65536;
	inside.uc_link = &outside;
	makecontext(&inside, coroutine, 0);
	for (int i = 0; i < 3; i++) {
		CHECK(swapcontext(&outside, &inside) == 0);
		keep(malloc(20)); /* LEAK:between */
	}
	return 0;
}
