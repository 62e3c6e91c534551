/* SPDX-License-Identifier: MIT */
/*
 * While the process ends a thread waits in pause:
 * what only its stack points to is reachable.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * libs: -lpthread
 * gate: pass
 * expect: leak held bytes=40 blocks=1 kind=reachable frames=waiter:held
 */
#include "scan.h"

static void *waiter(void *argument)
{
	void *volatile held = malloc(40); /* LEAK:held */
	started();
	pause();
	keep(held);
	return argument;
}

int main(void)
{
	start(waiter);
	return 0;
}
