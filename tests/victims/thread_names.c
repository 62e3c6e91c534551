/* SPDX-License-Identifier: MIT */
/*
 * Live blocks of threads that have ended and of one that still runs at exit.
 *
 * libs: -lpthread
 * expect: leak ended bytes=31 blocks=1 threads=1 frames=ended:ended
 * expect: leak running bytes=32 blocks=1 threads=1 frames=running:running
 * expect: leak first bytes=33 blocks=1 threads=1 frames=main:first
 */
#include "victim.h"
#include <pthread.h>

static volatile int ready;

static void *ended(void *argument)
{
	keep(malloc(31)); /* LEAK:ended */
	return argument;
}

static void *running(void *argument)
{
	keep(malloc(32)); /* LEAK:running */
	ready = 1;
	for (;;)
		pause();
	return argument;
}

int main(void)
{
	pthread_t a, b;
	CHECK(pthread_create(&a, NULL, ended, NULL) == 0);
	CHECK(pthread_create(&b, NULL, running, NULL) == 0);
	CHECK(pthread_join(a, NULL) == 0);
	while (!ready)
		usleep(1000);
	keep(malloc(33)); /* LEAK:first */
	return 0;
}
