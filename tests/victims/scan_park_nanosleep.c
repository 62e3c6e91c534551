/* SPDX-License-Identifier: MIT */
/*
 * While the process ends a thread waits in nanosleep for an hour:
 * what only its stack points to is reachable.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * libs: -lpthread
 * gate: pass
 * expect: leak held bytes=40 blocks=1 kind=reachable frames=waiter:held
 */
#include "scan.h"
#include <time.h>

static void *waiter(void *argument)
{
	struct timespec hour = {3600, 0};
	void *volatile held = malloc(40); /* LEAK:held */
	started();
	nanosleep(&hour, NULL);
	keep(held);
	return argument;
}

int main(void)
{
	start(waiter);
	return 0;
}
