/* SPDX-License-Identifier: MIT */
/*
 * Eight threads, each with one leak among a thousand pairs.
 *
 * libs: -lpthread
 * expect: leak each bytes=360 blocks=8 frames=work:each entries>=1
 * expect: totals live_blocks>=8
 */
#include "victim.h"
#include <pthread.h>

static void *work(void *argument)
{
	uintptr_t n = (uintptr_t)argument;
	for (int i = 0; i < 1000; i++)
		free(keep(malloc(16 + n)));
	/* 10, 20, … 80 bytes */
	keep(malloc(10 * (n + 1))); /* LEAK:each */
	return NULL;
}

int main(void)
{
	pthread_t threads[8];
	for (uintptr_t i = 0; i < 8; i++)
		CHECK(pthread_create(&threads[i], NULL, work, (void *)i) == 0);
	for (int i = 0; i < 8; i++)
		CHECK(pthread_join(threads[i], NULL) == 0);
	return 0;
}
