/* SPDX-License-Identifier: MIT */
/*
 * Threads with the smallest stack there is: the shim's own frames fit.
 *
 * libs: -lpthread
 * expect: leak small bytes=60 blocks=4 entries>=1 frames=work:small
 */
#include "victim.h"
#include <limits.h>
#include <pthread.h>

static void *work(void *argument)
{
	keep(malloc(15)); /* LEAK:small */
	return argument;
}

int main(void)
{
	pthread_attr_t attributes;
	CHECK(pthread_attr_init(&attributes) == 0);
	CHECK(pthread_attr_setstacksize(&attributes, (size_t)PTHREAD_STACK_MIN) == 0);
	for (int i = 0; i < 4; i++) {
		pthread_t thread;
		CHECK(pthread_create(&thread, &attributes, work, NULL) == 0);
		CHECK(pthread_join(thread, NULL) == 0);
	}
	return 0;
}
