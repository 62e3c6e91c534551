/* SPDX-License-Identifier: MIT */
/*
 * While the process ends a thread waits in sigwaitinfo for a signal that never comes:
 * what only its stack points to is reachable.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * libs: -lpthread
 * gate: pass
 * expect: leak held bytes=40 blocks=1 kind=reachable frames=waiter:held
 */
#include "scan.h"
#include <signal.h>

static void *waiter(void *argument)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	CHECK(pthread_sigmask(SIG_BLOCK, &set, NULL) == 0);
	void *volatile held = malloc(40); /* LEAK:held */
	started();
	sigwaitinfo(&set, NULL);
	keep(held);
	return argument;
}

int main(void)
{
	start(waiter);
	return 0;
}
