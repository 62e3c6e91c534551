/* SPDX-License-Identifier: MIT */
/*
 * A handler that allocates, entered by raise: its frames stand above those of
 * the code it interrupted.
 *
 * expect: leak handler bytes=31 blocks=1 frames=handler:handler,trigger:raise,main
 */
#include "victim.h"
#include <signal.h>

static void handler(int number)
{
	(void)number;
	keep(malloc(31)); /* LEAK:handler */
}

static NOINLINE void trigger(void)
{
	raise(SIGUSR1); /* AT:raise */
	NO_TAIL();
}

int main(void)
{
	struct sigaction action = {.sa_handler = handler};
	CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
	trigger();
	return 0;
}
