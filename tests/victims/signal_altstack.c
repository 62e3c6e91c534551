/* SPDX-License-Identifier: MIT */
/*
 * The same on an alternate stack.
 *
 * expect: leak handler bytes=32 blocks=1 frames=handler:handler
 * expect: leak after bytes=33 blocks=1 frames=main:after
 */
#include "victim.h"
#include <signal.h>

static char stack[65536];

static void handler(int number)
{
	(void)number;
	keep(malloc(32)); /* LEAK:handler */
}

int main(void)
{
	stack_t alternate = {.ss_sp = stack, .ss_size = sizeof(stack)};
	struct sigaction action = {.sa_handler = handler, .sa_flags = SA_ONSTACK};
	CHECK(sigaltstack(&alternate, NULL) == 0);
	CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
	raise(SIGUSR1);
	keep(malloc(33)); /* LEAK:after */
	return 0;
}
