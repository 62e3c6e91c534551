/* SPDX-License-Identifier: MIT */
/*
 * A program with handlers of its own for every real-time signal: each had the default
 * action before, each can be set, and each arrives, with its value, snapshots or not. At
 * the end threads are brought to a stop all the same, or a note says that they were not.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * libs: -lpthread
 * gate: pass
 * expect: leak held bytes=40 blocks=1 kind=reachable frames=waiter:held
 */
#include "scan.h"
#include <leakscope/leakscope.h>
#include <signal.h>

static volatile int seen[128], value[128];

static void handler(int number, siginfo_t *info, void *context)
{
	(void)context;
	seen[number]++;
	value[number] = info->si_value.sival_int;
}

static void *waiter(void *argument)
{
	void *volatile held = malloc(40); /* LEAK:held */
	started();
	for (;;)
		pause();
	keep(held);
	return argument;
}

int main(void)
{
	start(waiter);
	leakscope_snapshot("before");
	for (int number = SIGRTMIN; number <= SIGRTMAX; number++) {
		struct sigaction action, old;
		memset(&action, 0, sizeof(action));
		memset(&old, 0x55, sizeof(old));
		action.sa_sigaction = handler;
		action.sa_flags = SA_SIGINFO;
		CHECK(sigaction(number, &action, &old) == 0);
		CHECK(old.sa_handler == SIG_DFL && old.sa_flags == 0);
		CHECK(sigaction(number, NULL, &old) == 0);
		CHECK(old.sa_sigaction == handler && (old.sa_flags & SA_SIGINFO));
	}
	for (int round = 1; round <= 3; round++) {
		for (int number = SIGRTMIN; number <= SIGRTMAX; number++) {
			union sigval sent = {.sival_int = number * round};
			CHECK(sigqueue(getpid(), number, sent) == 0);
			while (seen[number] < round)
				usleep(100);
			CHECK(seen[number] == round && value[number] == number * round);
		}
		leakscope_snapshot("between");
	}
	for (int number = SIGRTMIN; number <= SIGRTMAX; number++)
		CHECK(seen[number] == 3);
	return 0;
}
