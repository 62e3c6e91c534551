/* SPDX-License-Identifier: MIT */
/*
 * While the process ends a thread waits in pthread_cond_timedwait, for an hour:
 * what only its stack points to is reachable.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * libs: -lpthread
 * gate: pass
 * expect: leak held bytes=40 blocks=1 kind=reachable frames=waiter:held
 */
#include "scan.h"
#include <time.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;

static void *waiter(void *argument)
{
	struct timespec end = {time(NULL) + 3600, 0};
	CHECK(pthread_mutex_lock(&mutex) == 0);
	void *volatile held = malloc(40); /* LEAK:held */
	started();
	pthread_cond_timedwait(&cond, &mutex, &end);
	keep(held);
	return argument;
}

int main(void)
{
	start(waiter);
	return 0;
}
