/* SPDX-License-Identifier: MIT */
/*
 * With inherit=0 a thread starts outside any scope.
 *
 * libs: -lpthread
 * options: inherit=0
 * expect: leak outside bytes=10 blocks=1 scope=/ frames=work:outside
 * expect: leak own bytes=20 blocks=1 scope=/step frames=work:own
 * expect: leak inside bytes=30 blocks=1 scope=/job frames=main:inside
 */
#include "victim.h"
#include <leakscope/leakscope.h>
#include <pthread.h>

static void *work(void *argument)
{
	keep(malloc(10)); /* LEAK:outside */
	LEAKSCOPE_SCOPE("step")
		keep(malloc(20)); /* LEAK:own */
	return argument;
}

int main(void)
{
	pthread_t thread;
	LEAKSCOPE_SCOPE("job") {
		CHECK(pthread_create(&thread, NULL, work, NULL) == 0);
		CHECK(pthread_join(thread, NULL) == 0);
		keep(malloc(30)); /* LEAK:inside */
	}
	return 0;
}
