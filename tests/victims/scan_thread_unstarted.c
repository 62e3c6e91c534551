/* SPDX-License-Identifier: MIT */
/*
 * main returns while most of the threads it has made have not begun: nobody but they
 * will ever know what they are to be started with.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O2
 * libs: -lpthread
 * gate: pass
 * expect: leak argument bytes=2400 blocks=60 kind=reachable frames=begin:argument,main
 */
#include "scan.h"

static void *waits(void *argument)
{
	for (;;)
		pause();
	return argument;
}

static NOINLINE void begin(void)
{
	for (int i = 0; i < 60; i++) {
		pthread_t thread;
		void *argument = malloc(40); /* LEAK:argument */
		CHECK(pthread_create(&thread, NULL, waits, argument) == 0);
		pthread_detach(thread);
	}
}

int main(void)
{
	begin();
	wipe();
	return 0;
}
