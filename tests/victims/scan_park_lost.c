/* SPDX-License-Identifier: MIT */
/*
 * The counterpart of the other scan_park_ victims: threads wait in libc and the kernel and
 * hold nothing any more, so what they had is lost.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * libs: -lpthread
 * gate: fail
 * expect: leak lost bytes=120 blocks=3 kind=definite entries>=1 frames=lose:lost
 */
#include "scan.h"
#include <poll.h>
#include <semaphore.h>

static sem_t semaphore;
static volatile uint64_t hidden[3];
static volatile int never;

static NOINLINE void lose(int which)
{
	hidden[which] = HIDE(malloc(40)); /* LEAK:lost */
}

static void *in_poll(void *argument)
{
	lose(0);
	wipe();
	started();
	poll(NULL, 0, -1);
	return argument;
}

static void *in_sem(void *argument)
{
	lose(1);
	wipe();
	started();
	sem_wait(&semaphore);
	return argument;
}

static void *in_loop(void *argument)
{
	lose(2);
	wipe();
	started();
	while (!never)
		;
	return argument;
}

int main(void)
{
	CHECK(sem_init(&semaphore, 0, 0) == 0);
	start(in_poll);
	start(in_sem);
	start(in_loop);
	return 0;
}
