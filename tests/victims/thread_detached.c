/* SPDX-License-Identifier: MIT */
/*
 * Detached threads, a hundred one after the other.
 *
 * libs: -lpthread
 * expect: leak each bytes=1900 blocks=100 entries>=1 frames=work:each
 */
#include "victim.h"
#include <pthread.h>
#include <semaphore.h>

static sem_t done;

static void *work(void *argument)
{
	keep(malloc(19)); /* LEAK:each */
	sem_post(&done);
	return argument;
}

int main(void)
{
	pthread_attr_t attributes;
	CHECK(sem_init(&done, 0, 0) == 0);
	CHECK(pthread_attr_init(&attributes) == 0);
	CHECK(pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED) == 0);
	for (int i = 0; i < 100; i++) {
		pthread_t thread;
		CHECK(pthread_create(&thread, &attributes, work, NULL) == 0);
		while (sem_wait(&done) != 0)
			;
	}
	return 0;
}
