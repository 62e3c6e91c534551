/* SPDX-License-Identifier: MIT */
/*
 * Threads that libc starts for a SIGEV_THREAD timer never pass pthread_create.
 *
 * libs: -lpthread -lrt
 * expect: leak tick bytes=15 blocks=3 entries>=1 frames=tick:tick
 */
#include "victim.h"
#include <semaphore.h>
#include <signal.h>
#include <time.h>

static sem_t ticked;
static volatile int count;

static void tick(union sigval value)
{
	(void)value;
	if (__atomic_fetch_add(&count, 1, __ATOMIC_SEQ_CST) < 3)
		keep(malloc(5)); /* LEAK:tick */
	sem_post(&ticked);
}

int main(void)
{
	timer_t timer;
	struct sigevent event = {.sigev_notify = SIGEV_THREAD, .sigev_notify_function = tick};
	struct itimerspec every = {{0, 2000000}, {0, 2000000}};
	CHECK(sem_init(&ticked, 0, 0) == 0);
	CHECK(timer_create(CLOCK_MONOTONIC, &event, &timer) == 0);
	CHECK(timer_settime(timer, 0, &every, NULL) == 0);
	for (int i = 0; i < 3; i++)
		while (sem_wait(&ticked) != 0)
			;
	CHECK(timer_delete(timer) == 0);
	return 0;
}
