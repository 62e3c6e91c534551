/* SPDX-License-Identifier: MIT */
/*
 * pause is for the thread that called it.
 *
 * libs: -lpthread
 * expect: leak thread bytes=21 blocks=1 frames=work:thread
 */
#include "victim.h"
#include <leakscope/leakscope.h>
#include <pthread.h>

static void *work(void *argument)
{
	keep(malloc(21)); /* LEAK:thread */
	return argument;
}

int main(void)
{
	pthread_t thread;
	leakscope_pause();
	CHECK(pthread_create(&thread, NULL, work, NULL) == 0);
	CHECK(pthread_join(thread, NULL) == 0);
	keep(malloc(22));
	leakscope_resume();
	return 0;
}
