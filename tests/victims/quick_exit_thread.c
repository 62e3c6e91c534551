/* SPDX-License-Identifier: MIT */
/*
 * quick_exit from a thread, with others waiting.
 *
 * libs: -lpthread
 * expect: exit=12
 * expect: leak own bytes=10 blocks=1 frames=main:own
 * expect: leak thread bytes=20 blocks=1 frames=work:thread
 */
#include "victim.h"
#include <pthread.h>

static void *work(void *argument)
{
	keep(malloc(20)); /* LEAK:thread */
	quick_exit(12);
	return argument;
}

int main(void)
{
	pthread_t thread;
	keep(malloc(10)); /* LEAK:own */
	CHECK(pthread_create(&thread, NULL, work, NULL) == 0);
	for (;;)
		pause();
}
