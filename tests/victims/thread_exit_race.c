/* SPDX-License-Identifier: MIT */
/*
 * exit() from a thread that is not the first, while four others allocate on.
 *
 * libs: -lpthread
 * racy: 5
 * expect: exit=7
 * expect: leak mark bytes=321 blocks=1 frames=leaver:mark
 * expect: leak churn bytes=any blocks=any entries=any processes=1 frames=churn:churn
 */
#include "victim.h"
#include <pthread.h>

static void *churn(void *argument)
{
	void *slots[64] = {0};
	for (unsigned int i = 0;; i++) {
		free(slots[i % 64]);
		slots[i % 64] = keep(malloc(i % 512 + 1)); /* LEAK:churn */
	}
	return argument;
}

static void *leaver(void *argument)
{
	usleep(50000);
	keep(malloc(321)); /* LEAK:mark */
	exit(7);
	return argument;
}

int main(void)
{
	pthread_t thread;
	for (int i = 0; i < 4; i++)
		CHECK(pthread_create(&thread, NULL, churn, NULL) == 0);
	CHECK(pthread_create(&thread, NULL, leaver, NULL) == 0);
	for (;;)
		pause();
}
