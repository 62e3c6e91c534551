/* SPDX-License-Identifier: MIT */
/*
 * While the process ends a thread waits in sem_wait:
 * what only its stack points to is reachable.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * libs: -lpthread
 * gate: pass
 * expect: leak held bytes=40 blocks=1 kind=reachable frames=waiter:held
 */
#include "scan.h"
#include <semaphore.h>

static sem_t semaphore;

static void *waiter(void *argument)
{
	void *volatile held = malloc(40); /* LEAK:held */
	started();
	sem_wait(&semaphore);
	keep(held);
	return argument;
}

int main(void)
{
	CHECK(sem_init(&semaphore, 0, 0) == 0);
	start(waiter);
	return 0;
}
