/* SPDX-License-Identifier: MIT */
/*
 * Signal mask, actions and the alternate stack are as the program set them, in
 * threads too.
 *
 * libs: -lpthread
 * expect: leak own bytes=9 blocks=1 frames=main:own
 */
#include "victim.h"
#include <pthread.h>
#include <signal.h>

static void show(const char *where)
{
	sigset_t mask;
	stack_t stack;
	CHECK(pthread_sigmask(SIG_SETMASK, NULL, &mask) == 0);
	CHECK(sigaltstack(NULL, &stack) == 0);
	say("%s:", where);
	for (int n = 1; n < 65; n++) {
		struct sigaction action;
		if (sigismember(&mask, n) == 1)
			say(" blocked %d", n);
		if (sigaction(n, NULL, &action) == 0 && action.sa_handler != SIG_DFL)
			say(" handled %d", n);
	}
	say(" altstack %d\n", stack.ss_flags);
}

static void *work(void *argument)
{
	free(keep(malloc(10)));
	show("thread");
	return argument;
}

int main(void)
{
	pthread_t thread;
	sigset_t mask;
	show("start");
	keep(malloc(9)); /* LEAK:own */
	show("after malloc");
	sigemptyset(&mask);
	sigaddset(&mask, SIGUSR2);
	sigaddset(&mask, SIGRTMIN + 3);
	CHECK(sigprocmask(SIG_BLOCK, &mask, NULL) == 0);
	free(keep(malloc(100)));
	show("blocked");
	CHECK(pthread_create(&thread, NULL, work, NULL) == 0);
	CHECK(pthread_join(thread, NULL) == 0);
	return 0;
}
