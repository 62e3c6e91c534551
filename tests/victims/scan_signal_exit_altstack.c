/* SPDX-License-Identifier: MIT */
/*
 * exit() from a handler on an alternate stack: the stack of the interrupted function is
 * as live as that of the handler.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * gate: pass
 * expect: exit=9
 * expect: leak main bytes=50 blocks=1 kind=reachable frames=main:main
 * expect: leak handler bytes=60 blocks=1 kind=reachable frames=handler:handler
 */
#include "scan.h"
#include <signal.h>

static char stack[65536];
static void (*volatile leave)(int) = exit;

static void handler(int number)
{
	void *volatile held = malloc(60); /* LEAK:handler */
	leave(number == SIGUSR1 ? 9 : 1);
	keep(held);
}

int main(void)
{
	struct sigaction action = {.sa_handler = handler, .sa_flags = SA_ONSTACK};
	stack_t alternate = {.ss_sp = stack, .ss_size = sizeof(stack)};
	void *volatile held = malloc(50); /* LEAK:main */
	CHECK(sigaltstack(&alternate, NULL) == 0);
	CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
	raise(SIGUSR1);
	keep(held);
	return 0;
}
