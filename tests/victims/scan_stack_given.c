/* SPDX-License-Identifier: MIT */
/*
 * A thread on a stack that the program gave it, from malloc, and has forgotten: as long
 * as it runs the stack is reachable, and so is what lives on it. That of a thread that
 * has ended is lost, and what was on it comes with it.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * libs: -lpthread
 * gate: fail
 * expect: leak lives bytes=131072 blocks=1 kind=reachable frames=run:stack,main:lives
 * expect: leak held bytes=70 blocks=1 kind=reachable frames=lives:held
 * expect: leak ended bytes=131072 blocks=1 kind=definite frames=run:stack,main:ends
 * expect: leak inside bytes=60 blocks=1 kind=indirect frames=ends:held_too
 */
#include "scan.h"

static void *lives(void *argument)
{
	void *volatile held = malloc(70); /* LEAK:held */
	started();
	for (;;)
		pause();
	keep(held);
	return argument;
}

static void *ends(void *argument)
{
	void *volatile deep[1000];
	deep[500] = malloc(60); /* LEAK:held_too */
	keep((void *)deep);
	started();
	return argument;
}

static NOINLINE void run(void *(*function)(void *), int join)
{
	pthread_attr_t attributes;
	pthread_t thread;
	void *stack = NULL;
	int before = scan_started;
	CHECK(posix_memalign(&stack, 4096, 131072) == 0); /* LEAK:stack */
	memset(stack, 0, 131072);
	CHECK(pthread_attr_init(&attributes) == 0);
	CHECK(pthread_attr_setstack(&attributes, stack, 131072) == 0);
	CHECK(pthread_create(&thread, &attributes, function, NULL) == 0);
	CHECK(pthread_attr_destroy(&attributes) == 0);
	while (scan_started == before)
		usleep(1000);
	if (join)
		CHECK(pthread_join(thread, NULL) == 0);
}

int main(void)
{
	run(lives, 0); /* AT:lives */
	run(ends, 1);  /* AT:ends */
	wipe();
	usleep(20000);
	return 0;
}
