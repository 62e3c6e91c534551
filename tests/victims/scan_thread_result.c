/* SPDX-License-Identifier: MIT */
/*
 * What a thread has returned, or given to pthread_exit, waits in its descriptor until it
 * is joined.  What a detached or joined one has returned is lost.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * libs: -lpthread
 * gate: fail
 * expect: leak returned bytes=100 blocks=1 kind=reachable frames=returns:returned
 * expect: leak exited bytes=101 blocks=1 kind=reachable frames=exits:exited
 * expect: leak lost bytes=204 blocks=2 kind=definite entries>=1 frames=loses:lost
 */
#include "scan.h"

static void *returns(void *argument)
{
	argument = malloc(100); /* LEAK:returned */
	keep(argument);
	return argument;
}

static void *exits(void *argument)
{
	(void)argument;
	pthread_exit(malloc(101)); /* LEAK:exited */
}

static void *loses(void *argument)
{
	argument = malloc(102); /* LEAK:lost */
	keep(argument);
	return argument;
}

static NOINLINE void begin(void)
{
	static pthread_t threads[2];
	pthread_t thread;
	CHECK(pthread_create(&threads[0], NULL, returns, NULL) == 0);
	CHECK(pthread_create(&threads[1], NULL, exits, NULL) == 0);
	usleep(20000);
	CHECK(pthread_create(&thread, NULL, loses, NULL) == 0);
	CHECK(pthread_join(thread, NULL) == 0);
	CHECK(pthread_create(&thread, NULL, loses, NULL) == 0);
	CHECK(pthread_detach(thread) == 0);
}

int main(void)
{
	begin();
	usleep(50000);
	wipe();
	return 0;
}
