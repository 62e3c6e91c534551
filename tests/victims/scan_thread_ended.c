/* SPDX-License-Identifier: MIT */
/*
 * Threads that have ended, joined and detached: what their stacks and their
 * thread-local storage point to is lost, although libc keeps the memory for the next
 * thread; also when a next thread runs on it.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * libs: -lpthread
 * gate: fail
 * expect: leak stack bytes=500 blocks=50 kind=definite entries>=1 frames=ends:stack
 * expect: leak tls bytes=550 blocks=50 kind=definite entries>=1 frames=ends:tls
 */
#include "scan.h"

static __thread void *volatile own;
static volatile int ended;

static void *ends(void *argument)
{
	void *volatile deep[1000];
	deep[500] = malloc(10); /* LEAK:stack */
	own = malloc(11);       /* LEAK:tls */
	keep((void *)deep);
	__atomic_add_fetch(&ended, 1, __ATOMIC_SEQ_CST);
	return argument;
}

static void *lives(void *argument)
{
	started();
	for (;;)
		pause();
	return argument;
}

int main(void)
{
	pthread_t threads[50];
	for (int i = 0; i < 50; i++) {
		CHECK(pthread_create(&threads[i], NULL, ends, NULL) == 0);
		if (i >= 25)
			CHECK(pthread_detach(threads[i]) == 0);
	}
	for (int i = 0; i < 25; i++)
		CHECK(pthread_join(threads[i], NULL) == 0);
	while (ended < 50)
		usleep(1000);
	usleep(20000);
	start(lives);
	return 0;
}
