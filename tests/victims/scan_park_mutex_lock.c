/* SPDX-License-Identifier: MIT */
/*
 * While the process ends a thread waits in pthread_mutex_lock for a mutex that main holds:
 * what only its stack points to is reachable.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * libs: -lpthread
 * gate: pass
 * expect: leak held bytes=40 blocks=1 kind=reachable frames=waiter:held
 */
#include "scan.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void *waiter(void *argument)
{
	void *volatile held = malloc(40); /* LEAK:held */
	started();
	pthread_mutex_lock(&mutex);
	keep(held);
	return argument;
}

int main(void)
{
	CHECK(pthread_mutex_lock(&mutex) == 0);
	start(waiter);
	return 0;
}
