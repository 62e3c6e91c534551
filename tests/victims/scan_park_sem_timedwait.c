/* SPDX-License-Identifier: MIT */
/*
 * While the process ends a thread waits in sem_timedwait, for an hour:
 * what only its stack points to is reachable.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * libs: -lpthread
 * gate: pass
 * expect: leak held bytes=40 blocks=1 kind=reachable frames=waiter:held
 */
#include "scan.h"
#include <semaphore.h>
#include <time.h>

static sem_t semaphore;

static void *waiter(void *argument)
{
	struct timespec end = {time(NULL) + 3600, 0};
	void *volatile held = malloc(40); /* LEAK:held */
	started();
	sem_timedwait(&semaphore, &end);
	keep(held);
	return argument;
}

int main(void)
{
	CHECK(sem_init(&semaphore, 0, 0) == 0);
	start(waiter);
	return 0;
}
