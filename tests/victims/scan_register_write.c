/* SPDX-License-Identifier: MIT */
/*
 * While the process ends a thread waits in write to a pipe that is full, and would see
 * a signal by what write returns: pointers that are only in its registers make blocks
 * reachable (x86-64; elsewhere they are on its stack).
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * libs: -lpthread
 * gate: pass
 * expect: leak held bytes=240 blocks=6 entries>=1 kind=reachable frames=waiter:held
 */
#include "scan_registers.h"

static int ends[2];
static char much[1 << 20];

static void *waiter(void *argument)
{
	uint64_t hidden[REGISTERS];
	for (int i = 0; i < REGISTERS; i++)
		hidden[i] = HIDE(malloc(40)); /* LEAK:held */
	wipe();
	started();
	hold_and_call(hidden, (any_function)write, ends[1], (long)much, sizeof(much), 0);
	return argument;
}

int main(void)
{
	CHECK(pipe(ends) == 0);
	start(waiter);
	return 0;
}
