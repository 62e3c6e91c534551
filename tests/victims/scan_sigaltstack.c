/* SPDX-License-Identifier: MIT */
/*
 * Alternate signal stacks from malloc that only the kernel still knows, of main and of
 * a thread that lives.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * libs: -lpthread
 * gate: pass
 * expect: leak stacks bytes=131072 blocks=2 entries=2 kind=reachable frames=give:stack
 */
#include "scan.h"
#include <signal.h>

static NOINLINE void give(void)
{
	stack_t stack = {.ss_sp = malloc(65536), .ss_size = 65536}; /* LEAK:stack */
	CHECK(sigaltstack(&stack, NULL) == 0);
}

static void *waiter(void *argument)
{
	give();
	wipe();
	started();
	for (;;)
		pause();
	return argument;
}

int main(void)
{
	start(waiter);
	give();
	wipe();
	return 0;
}
