/* SPDX-License-Identifier: MIT */
/*
 * While the process ends a thread waits in pthread_cond_wait:
 * what only its stack points to is reachable.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * libs: -lpthread
 * gate: pass
 * expect: leak held bytes=40 blocks=1 kind=reachable frames=waiter:held
 */
#include "scan.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;

static void *waiter(void *argument)
{
	CHECK(pthread_mutex_lock(&mutex) == 0);
	void *volatile held = malloc(40); /* LEAK:held */
	started();
	pthread_cond_wait(&cond, &mutex);
	keep(held);
	return argument;
}

int main(void)
{
	start(waiter);
	return 0;
}
