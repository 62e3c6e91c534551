/* SPDX-License-Identifier: MIT */
/*
 * pthread_setspecific: the first 32 keys are in the thread's own descriptor, further
 * ones in blocks that libc makes.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * libs: -lpthread
 * gate: pass
 * expect: leak main bytes=1000 blocks=100 entries>=1 kind=reachable frames=fill:specific,main
 * expect: leak arrays bytes>=512 blocks>=1 entries>=1 kind=reachable top=.*setspecific frames=fill:specific
 * expect: leak thread bytes=1100 blocks=100 entries>=1 kind=reachable frames=fill:specific,waiter
 */
#include "scan.h"

static pthread_key_t keys[100];

static NOINLINE void fill(size_t size)
{
	for (int i = 0; i < 100; i++)
		CHECK(pthread_setspecific(keys[i], malloc(size)) == 0); /* LEAK:specific */
}

static void *waiter(void *argument)
{
	fill(11);
	wipe();
	started();
	for (;;)
		pause();
	return argument;
}

int main(void)
{
	for (int i = 0; i < 100; i++)
		CHECK(pthread_key_create(&keys[i], NULL) == 0);
	start(waiter);
	fill(10);
	wipe();
	return 0;
}
