/* SPDX-License-Identifier: MIT */
/*
 * Five hundred threads wait, and each holds a block and has lost one.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * libs: -lpthread
 * timeout: 120
 * gate: fail
 * expect: leak held bytes=20000 blocks=500 kind=reachable frames=waiter:held
 * expect: leak lost bytes=15000 blocks=500 kind=definite frames=lose:lost,waiter
 * expect: overhead scan_pause_s<=1
 */
#include "scan.h"
#include <leakscope/leakscope.h>

static NOINLINE void lose(void)
{
	keep(malloc(30)); /* LEAK:lost */
}

static void *waiter(void *argument)
{
	void *volatile held = malloc(40); /* LEAK:held */
	lose();
	wipe();
	started();
	for (;;)
		pause();
	keep(held);
	return argument;
}

int main(void)
{
	pthread_attr_t attributes;
	pthread_t thread;
	CHECK(pthread_attr_init(&attributes) == 0);
	CHECK(pthread_attr_setstacksize(&attributes, 65536) == 0);
	for (int i = 0; i < 500; i++)
		CHECK(pthread_create(&thread, &attributes, waiter, NULL) == 0);
	while (scan_started < 500)
		usleep(1000);
	usleep(50000);
	leakscope_snapshot("once");
	return 0;
}
