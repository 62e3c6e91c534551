/* SPDX-License-Identifier: MIT */
/*
 * A thread ends with values that have no destructor: those are lost, in the first 32
 * keys as well as in later ones, and its stack, which libc keeps for the next
 * thread, holds nothing.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * libs: -lpthread
 * gate: fail
 * expect: leak values bytes=1000 blocks=100 entries>=1 kind=definite frames=fill:specific,ends
 * expect: leak stack bytes=70 blocks=1 kind=definite frames=ends:stack
 */
#include "scan.h"

static pthread_key_t keys[100];

static NOINLINE void fill(void)
{
	for (int i = 0; i < 100; i++)
		CHECK(pthread_setspecific(keys[i], malloc(10)) == 0); /* LEAK:specific */
}

static void *ends(void *argument)
{
	void *volatile held = malloc(70); /* LEAK:stack */
	fill();
	keep(held);
	return argument;
}

int main(void)
{
	pthread_t thread;
	for (int i = 0; i < 100; i++)
		CHECK(pthread_key_create(&keys[i], NULL) == 0);
	CHECK(pthread_create(&thread, NULL, ends, NULL) == 0);
	CHECK(pthread_join(thread, NULL) == 0);
	return 0;
}
