/* SPDX-License-Identifier: MIT */
/*
 * While the process ends a thread waits in pause:
 * pointers that are only in its registers make blocks reachable (x86-64; elsewhere
 * they are on its stack).
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * libs: -lpthread
 * gate: pass
 * expect: leak held bytes=240 blocks=6 entries>=1 kind=reachable frames=waiter:held
 */
#include "scan_registers.h"

static void *waiter(void *argument)
{
	uint64_t hidden[REGISTERS];
	for (int i = 0; i < REGISTERS; i++)
		hidden[i] = HIDE(malloc(40)); /* LEAK:held */
	wipe();
	started();
	hold_and_call(hidden, (any_function)pause, 0, 0, 0, 0);
	return argument;
}

int main(void)
{
	start(waiter);
	return 0;
}
