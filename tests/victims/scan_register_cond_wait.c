/* SPDX-License-Identifier: MIT */
/*
 * While the process ends a thread waits in pthread_cond_wait:
 * pointers that are only in its registers make blocks reachable (x86-64; elsewhere
 * they are on its stack).
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * libs: -lpthread
 * gate: pass
 * expect: leak held bytes=240 blocks=6 entries>=1 kind=reachable frames=waiter:held
 */
#include "scan_registers.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;

static void *waiter(void *argument)
{
	uint64_t hidden[REGISTERS];
	CHECK(pthread_mutex_lock(&mutex) == 0);
	for (int i = 0; i < REGISTERS; i++)
		hidden[i] = HIDE(malloc(40)); /* LEAK:held */
	wipe();
	started();
	hold_and_call(hidden, (any_function)pthread_cond_wait, (long)&cond, (long)&mutex, 0, 0);
	return argument;
}

int main(void)
{
	start(waiter);
	return 0;
}
