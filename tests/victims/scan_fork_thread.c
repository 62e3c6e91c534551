/* SPDX-License-Identifier: MIT */
/*
 * fork in a thread: in the child the stacks of the parent's other threads hold nothing,
 * and what they held is still not the child's leak.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * libs: -lpthread
 * children: 1
 * gate: pass
 * expect: leak main bytes=50 blocks=1 kind=reachable frames=main:main
 * expect: leak waits bytes=60 blocks=1 kind=reachable frames=waits:waits
 * expect@child: leak lost bytes=80 blocks=1 kind=definite frames=lose:lost,forks
 * expect@child: leak held bytes=90 blocks=1 kind=reachable frames=forks:held
 */
#include "scan.h"
#include <sys/wait.h>

static void *volatile global;
static void (*volatile leave)(int) = exit;

static NOINLINE void lose(void)
{
	keep(malloc(80)); /* LEAK:lost */
}

static void *waits(void *argument)
{
	void *volatile held = malloc(60); /* LEAK:waits */
	started();
	for (;;)
		pause();
	keep(held);
	return argument;
}

static void *forks(void *argument)
{
	int status = 0;
	pid_t child = fork();
	CHECK(child >= 0);
	if (child == 0) {
		void *volatile held = malloc(90); /* LEAK:held */
		lose();
		wipe();
		leave(0);
		keep(held);
	}
	CHECK(waitpid(child, &status, 0) == child && status == 0);
	return argument;
}

int main(void)
{
	pthread_t thread;
	global = malloc(50); /* LEAK:main */
	start(waits);
	CHECK(pthread_create(&thread, NULL, forks, NULL) == 0);
	CHECK(pthread_join(thread, NULL) == 0);
	return 0;
}
