/* SPDX-License-Identifier: MIT */
/*
 * A program that handles its own SIGSEGV on an alternate stack and jumps out of
 * it, a hundred times: its handler is the one that runs, and stacks stay right.
 *
 * expect: leak each bytes=1200 blocks=100 entries=1 frames=touch:each,main:loop
 * expect: leak handler bytes=200 blocks=100 entries=1 frames=handler:handler
 */
#include "victim.h"
#include <setjmp.h>
#include <signal.h>

static sigjmp_buf out;
static char stack[65536];
static int *volatile nowhere;

static void handler(int number)
{
	(void)number;
	keep(malloc(2)); /* LEAK:handler */
	siglongjmp(out, 1);
}

static NOINLINE void touch(void)
{
	keep(malloc(12)); /* LEAK:each */
	*nowhere = 1;
	NO_TAIL();
}

int main(void)
{
	stack_t alternate = {.ss_sp = stack, .ss_size = sizeof(stack)};
	struct sigaction action = {.sa_handler = handler, .sa_flags = SA_ONSTACK};
	CHECK(sigaltstack(&alternate, NULL) == 0);
	CHECK(sigaction(SIGSEGV, &action, NULL) == 0);
	for (volatile int i = 0; i < 100; i++)
		if (sigsetjmp(out, 1) == 0)
			touch(); /* AT:loop */
	return 0;
}
