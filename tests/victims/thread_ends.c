/* SPDX-License-Identifier: MIT */
/*
 * Threads that end by return, by pthread_exit and by being cancelled: their
 * leaks stay, what their clean-up handlers and keys free is gone.
 *
 * libs: -lpthread
 * expect: leak returned bytes=11 blocks=1 frames=by_return:returned
 * expect: leak exited bytes=22 blocks=1 frames=deep:exited,by_exit:deep
 * expect: leak cancelled bytes=33 blocks=1 frames=by_cancel:cancelled
 */
#include "victim.h"
#include <pthread.h>

static pthread_key_t key;
static volatile int waiting;

static void *by_return(void *argument)
{
	CHECK(pthread_setspecific(key, malloc(500)) == 0);
	keep(malloc(11)); /* LEAK:returned */
	return argument;
}

static NOINLINE void deep(void)
{
	keep(malloc(22)); /* LEAK:exited */
	pthread_exit(NULL);
}

static void *by_exit(void *argument)
{
	CHECK(pthread_setspecific(key, malloc(600)) == 0);
	deep(); /* AT:deep */
	NO_TAIL();
	return argument;
}

static void cleanup(void *block)
{
	free(block);
}

static void *by_cancel(void *argument)
{
	pthread_cleanup_push(cleanup, malloc(700));
	keep(malloc(33)); /* LEAK:cancelled */
	waiting = 1;
	for (;;)
		pause();
	pthread_cleanup_pop(1);
	return argument;
}

int main(void)
{
	pthread_t a, b, c;
	void *result = NULL;
	CHECK(pthread_key_create(&key, free) == 0);
	CHECK(pthread_create(&a, NULL, by_return, NULL) == 0);
	CHECK(pthread_create(&b, NULL, by_exit, NULL) == 0);
	CHECK(pthread_create(&c, NULL, by_cancel, NULL) == 0);
	while (!waiting)
		usleep(1000);
	CHECK(pthread_cancel(c) == 0);
	CHECK(pthread_join(a, NULL) == 0 && pthread_join(b, NULL) == 0);
	CHECK(pthread_join(c, &result) == 0 && result == PTHREAD_CANCELED);
	return 0;
}
