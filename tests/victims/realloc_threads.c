/* SPDX-License-Identifier: MIT */
/*
 * Blocks resized by a thread that did not make them, again and again.
 *
 * libs: -lpthread
 * expect: leak all bytes=6400 blocks=64 entries>=1 frames=grow:all
 * expect: totals live_blocks>=64
 */
#include "victim.h"
#include <pthread.h>

static void *blocks[64];
static pthread_barrier_t turn;

static NOINLINE void grow(int i, size_t size)
{
	blocks[i] = keep(realloc(blocks[i], size)); /* LEAK:all */
}

static void *work(void *argument)
{
	int me = (int)(intptr_t)argument;
	for (int round = 1; round <= 100; round++) {
		for (int i = 0; i < 16; i++)
			grow((me + round) % 4 * 16 + i, (size_t)round);
		pthread_barrier_wait(&turn);
	}
	return NULL;
}

int main(void)
{
	pthread_t threads[4];
	CHECK(pthread_barrier_init(&turn, NULL, 4) == 0);
	for (intptr_t i = 0; i < 4; i++)
		CHECK(pthread_create(&threads[i], NULL, work, (void *)i) == 0);
	for (int i = 0; i < 4; i++)
		CHECK(pthread_join(threads[i], NULL) == 0);
	return 0;
}
