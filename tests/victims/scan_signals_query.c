/* SPDX-License-Identifier: MIT */
/*
 * What sigaction says of each signal, which are blocked and which pending, SIGRTMIN and
 * SIGRTMAX: the same with and without
 * a recorder, before and after a snapshot, in main and in a thread.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * libs: -lpthread
 * expect: no-leak
 */
#include "scan.h"
#include <leakscope/leakscope.h>
#include <signal.h>

static void show(void)
{
	sigset_t set, pending;
	CHECK(pthread_sigmask(SIG_SETMASK, NULL, &set) == 0);
	CHECK(sigpending(&pending) == 0);
	say("%d to %d:", SIGRTMIN, SIGRTMAX);
	for (int number = 1; number <= 64; number++) {
		struct sigaction action;
		memset(&action, 0, sizeof(action));
		int result = sigaction(number, NULL, &action);
		say(" %d:%d,%d,%x,%d,%d", number, result,
		    action.sa_handler == SIG_DFL   ? 0
		    : action.sa_handler == SIG_IGN ? 1
						   : 2,
		    (unsigned int)action.sa_flags, sigismember(&set, number),
		    sigismember(&pending, number));
	}
	say("\n");
}

static void *shows(void *argument)
{
	show();
	leakscope_snapshot("thread");
	show();
	return argument;
}

int main(void)
{
	pthread_t thread;
	show();
	leakscope_snapshot("main");
	show();
	CHECK(pthread_create(&thread, NULL, shows, NULL) == 0);
	CHECK(pthread_join(thread, NULL) == 0);
	show();
	return 0;
}
