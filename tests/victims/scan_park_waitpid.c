/* SPDX-License-Identifier: MIT */
/*
 * While the process ends a thread waits in waitpid for a child that only waits to be killed:
 * what only its stack points to is reachable.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * libs: -lpthread
 * children: any
 * gate: pass
 * expect: leak held bytes=40 blocks=1 kind=reachable frames=waiter:held
 */
#include "scan.h"
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

static void *waiter(void *argument)
{
	pid_t child = fork();
	CHECK(child >= 0);
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	void *volatile held = malloc(40); /* LEAK:held */
	started();
	waitpid(child, NULL, 0);
	keep(held);
	return argument;
}

int main(void)
{
	start(waiter);
	return 0;
}
