/* SPDX-License-Identifier: MIT */
/*
 * main ends by pthread_exit, and another thread ends the process: what globals and that
 * thread's stack hold is reachable. What main held on its stack is lost, strictly; but
 * as programs go on using such variables, either answer will do.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * libs: -lpthread
 * expect: exit=3
 * expect: leak main bytes=50 blocks=1 frames=main:main
 * expect: leak global bytes=60 blocks=1 kind=reachable frames=main:global
 * expect: leak other bytes=70 blocks=1 kind=reachable frames=other:other
 */
#include "scan.h"

static void *volatile global;
static void (*volatile leave)(int) = exit;

static void *other(void *argument)
{
	void *volatile held = malloc(70); /* LEAK:other */
	pthread_t *first = argument;
	CHECK(pthread_join(*first, NULL) == 0);
	usleep(20000);
	leave(3);
	return held;
}

int main(void)
{
	static pthread_t self;
	pthread_t thread;
	void *volatile held = malloc(50); /* LEAK:main */
	global = malloc(60);              /* LEAK:global */
	self = pthread_self();
	CHECK(pthread_create(&thread, NULL, other, &self) == 0);
	keep(held);
	pthread_exit(NULL);
}
