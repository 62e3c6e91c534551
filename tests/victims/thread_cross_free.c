/* SPDX-License-Identifier: MIT */
/*
 * Blocks made by one thread and freed by others: one of 4000 stays.
 *
 * libs: -lpthread
 * expect: leak odd bytes=77 blocks=1 frames=produce:odd
 * expect: totals live_blocks>=1
 */
#include "victim.h"
#include <pthread.h>

static void *blocks[4000];
static pthread_barrier_t ready;

static void *produce(void *argument)
{
	(void)argument;
	for (int i = 0; i < 4000; i++)
		blocks[i] = malloc(77); /* LEAK:odd */
	pthread_barrier_wait(&ready);
	return NULL;
}

static void *consume(void *argument)
{
	uintptr_t n = (uintptr_t)argument;
	pthread_barrier_wait(&ready);
	for (uintptr_t i = n; i < 4000; i += 4)
		if (i != 1234)
			free(blocks[i]);
	return NULL;
}

int main(void)
{
	pthread_t threads[5];
	pthread_barrier_init(&ready, NULL, 5);
	CHECK(pthread_create(&threads[4], NULL, produce, NULL) == 0);
	for (uintptr_t i = 0; i < 4; i++)
		CHECK(pthread_create(&threads[i], NULL, consume, (void *)i) == 0);
	for (int i = 0; i < 5; i++)
		CHECK(pthread_join(threads[i], NULL) == 0);
	return 0;
}
