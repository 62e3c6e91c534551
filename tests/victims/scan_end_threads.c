/* SPDX-License-Identifier: MIT */
/*
 * main returns while twenty threads compute, wait and allocate: what each holds on its
 * stack is reachable, what each has lost is lost.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * libs: -lpthread
 * racy: 24
 * gate: fail
 * expect: leak held bytes=20000 blocks=20 kind=reachable frames=worker:held
 * expect: leak lost bytes=220 blocks=20 kind=definite frames=lose:lost,worker
 * expect: leak churn bytes=any blocks<=20 entries=any frames=worker:churn
 */
#include "scan.h"

static volatile int ready, never;

static NOINLINE void lose(void)
{
	keep(malloc(11)); /* LEAK:lost */
}

static void *worker(void *argument)
{
	void *volatile held = malloc(1000); /* LEAK:held */
	lose();
	wipe();
	__atomic_add_fetch(&ready, 1, __ATOMIC_SEQ_CST);
	switch ((intptr_t)argument % 4) {
	case 0:
		while (!never)
			;
		break;
	case 1:
		for (;;)
			pause();
	case 2:
		for (;;)
			usleep(100);
	case 3:
		for (;;) {
			void *volatile block = malloc(30); /* LEAK:churn */
			usleep(10);
			free(block);
		}
	}
	keep(held);
	return argument;
}

int main(void)
{
	pthread_t thread;
	for (intptr_t i = 0; i < 20; i++)
		CHECK(pthread_create(&thread, NULL, worker, (void *)i) == 0);
	while (ready < 20)
		usleep(1000);
	usleep(20000);
	return 0;
}
