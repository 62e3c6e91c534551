/* SPDX-License-Identifier: MIT */
/*
 * A thread starts in the scope that was active where it was created, and may
 * open its own below it.
 *
 * libs: -lpthread
 * expect: leak outer bytes=10 blocks=1 scope=/job frames=work:outer
 * expect: leak inner bytes=20 blocks=1 scope=/job/step frames=work:inner
 * expect: leak nested bytes=30 blocks=1 scope=/job/step frames=grandchild:nested
 */
#include "victim.h"
#include <leakscope/leakscope.h>
#include <pthread.h>

static void *grandchild(void *argument)
{
	keep(malloc(30)); /* LEAK:nested */
	return argument;
}

static void *work(void *argument)
{
	pthread_t thread;
	keep(malloc(10)); /* LEAK:outer */
	LEAKSCOPE_SCOPE("step") {
		keep(malloc(20)); /* LEAK:inner */
		CHECK(pthread_create(&thread, NULL, grandchild, NULL) == 0);
		CHECK(pthread_join(thread, NULL) == 0);
	}
	return argument;
}

int main(void)
{
	pthread_t thread;
	LEAKSCOPE_SCOPE("job") {
		CHECK(pthread_create(&thread, NULL, work, NULL) == 0);
		CHECK(pthread_join(thread, NULL) == 0);
	}
	return 0;
}
