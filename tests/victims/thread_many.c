/* SPDX-License-Identifier: MIT */
/*
 * Two thousand short threads: their contexts fold, the recording stays small.
 *
 * libs: -lpthread
 * variants: gcc:-O0
 * expect: leak each bytes=2000 blocks=2000 entries>=1 frames=work:each
 * expect: recording disk<=2000000
 */
#include "victim.h"
#include <pthread.h>

static void *work(void *argument)
{
	keep(malloc(1)); /* LEAK:each */
	free(keep(malloc(100)));
	return argument;
}

int main(void)
{
	for (int i = 0; i < 2000; i++) {
		pthread_t thread;
		CHECK(pthread_create(&thread, NULL, work, NULL) == 0);
		CHECK(pthread_join(thread, NULL) == 0);
	}
	return 0;
}
