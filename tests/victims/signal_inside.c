/* SPDX-License-Identifier: MIT */
/*
 * A handler that allocates from its own arena-free path while the program is
 * inside malloc would break libc, not the shim; what must hold is that a handler
 * that allocates on another thread, under full load of both, loses nothing.
 *
 * libs: -lpthread
 * expect: leak ticks bytes=3100 blocks=100 entries>=1 frames=handler:ticks
 */
#include "victim.h"
#include <pthread.h>
#include <signal.h>

static volatile int count, stop;

static void handler(int number)
{
	(void)number;
	if (count < 100) {
		keep(malloc(31)); /* LEAK:ticks */
		count++;
	}
}

static void *idle(void *argument)
{
	sigset_t mine;
	sigemptyset(&mine);
	sigaddset(&mine, SIGUSR1);
	pthread_sigmask(SIG_UNBLOCK, &mine, NULL);
	while (!stop) /* no allocation here: the handler may allocate */
		;
	return argument;
}

int main(void)
{
	pthread_t thread;
	sigset_t blocked;
	struct sigaction action = {.sa_handler = handler};
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGUSR1);
	CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
	CHECK(pthread_sigmask(SIG_BLOCK, &blocked, NULL) == 0);
	CHECK(pthread_create(&thread, NULL, idle, NULL) == 0);
	while (count < 100) {
		for (int i = 0; i < 10; i++)
			free(keep(malloc(40)));
		pthread_kill(thread, SIGUSR1);
	}
	stop = 1;
	CHECK(pthread_join(thread, NULL) == 0);
	return 0;
}
