/* SPDX-License-Identifier: MIT */
/*
 * What a thread was started with is in its descriptor, whether it still uses it or not.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * libs: -lpthread
 * gate: pass
 * expect: leak argument bytes=50 blocks=1 kind=reachable frames=begin:argument,main
 */
#include "scan.h"

static void *waits(void *argument)
{
	argument = NULL;
	wipe();
	started();
	for (;;)
		pause();
	return argument;
}

static NOINLINE void begin(void)
{
	pthread_t thread;
	int before = scan_started;
	CHECK(pthread_create(&thread, NULL, waits, malloc(50)) == 0); /* LEAK:argument */
	while (scan_started == before)
		usleep(1000);
}

int main(void)
{
	begin();
	wipe();
	usleep(20000);
	return 0;
}
