/* SPDX-License-Identifier: MIT */
/*
 * What is allocated between __lsan_disable and __lsan_enable, nested too, is not
 * reported, nor counted, nor is what only it points to; by this thread alone.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * libs: -lpthread
 * gate: fail
 * expect: leak behind bytes=70 blocks=1 kind=reachable frames=build:behind,main
 * expect: leak lost bytes=30 blocks=1 kind=definite frames=build:lost,main
 * expect: leak other bytes=40 blocks=1 kind=definite frames=other:other
 * expect: summary definite.blocks=2 indirect.blocks=0
 */
#include "scan_lsan.h"

static void *other(void *argument)
{
	keep(malloc(40)); /* LEAK:other */
	return argument;
}

static NOINLINE void build(void)
{
	pthread_t thread;
	LSAN(__lsan_disable);
	LSAN(__lsan_disable);
	void **hidden = calloc(1, 100);
	LSAN(__lsan_enable);
	hidden[5] = calloc(1, 110);
	CHECK(pthread_create(&thread, NULL, other, NULL) == 0);
	CHECK(pthread_join(thread, NULL) == 0);
	LSAN(__lsan_enable);
	void **behind = calloc(1, 70); /* LEAK:behind */
	hidden[6] = behind;
	keep(hidden);
	keep(malloc(30)); /* LEAK:lost */
}

int main(void)
{
	build();
	wipe();
	return 0;
}
