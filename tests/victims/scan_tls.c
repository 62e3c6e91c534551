/* SPDX-License-Identifier: MIT */
/*
 * Pointers in the static thread-local storage of main and of a thread that lives.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * libs: -lpthread
 * gate: pass
 * expect: leak main bytes=30 blocks=2 kind=reachable entries=2 frames=fill,main
 * expect: leak thread bytes=300 blocks=2 kind=reachable entries=2 frames=fill,waiter
 */
#include "scan.h"

static __thread void *volatile in_tbss;
static __thread void *volatile in_tdata[3] = {(void *)1, (void *)2, (void *)3};

static NOINLINE void fill(size_t size)
{
	in_tbss = malloc(size);
	in_tdata[1] = malloc(2 * size);
}

static void *waiter(void *argument)
{
	fill(100);
	wipe();
	started();
	for (;;)
		pause();
	return argument;
}

int main(void)
{
	start(waiter);
	fill(10);
	wipe();
	return 0;
}
