/* SPDX-License-Identifier: MIT */
/*
 * Threads on the smallest stacks there are, waiting and computing with most of them used:
 * stopping them takes no more than a signal's frame.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * libs: -lpthread
 * gate: pass
 * expect: leak held bytes=160 blocks=4 kind=reachable frames=deep:held
 */
#include "scan.h"
#include <leakscope/leakscope.h>
#include <limits.h>
#include <poll.h>

static volatile int never;

static NOINLINE void deep(int computes)
{
	char used[4000];
	memset(used, 1, sizeof(used));
	keep(used);
	void *volatile held = malloc(40); /* LEAK:held */
	started();
	if (computes)
		while (!never)
			;
	poll(NULL, 0, -1);
	keep(used);
	keep(held);
}

static void *runs(void *argument)
{
	deep(argument != NULL);
	NO_TAIL();
	return argument;
}

int main(void)
{
	pthread_attr_t attributes;
	pthread_t thread;
	CHECK(pthread_attr_init(&attributes) == 0);
	CHECK(pthread_attr_setstacksize(&attributes, (size_t)PTHREAD_STACK_MIN) == 0);
	for (int i = 0; i < 4; i++)
		CHECK(pthread_create(&thread, &attributes, runs, i == 3 ? &thread : NULL) == 0);
	while (scan_started < 4)
		usleep(1000);
	usleep(20000);
	for (int i = 0; i < 20; i++)
		leakscope_snapshot("during");
	return 0;
}
