/* SPDX-License-Identifier: MIT */
/*
 * While the process ends a thread waits in read from a pipe that nobody writes to:
 * what only its stack points to is reachable.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * libs: -lpthread
 * gate: pass
 * expect: leak held bytes=40 blocks=1 kind=reachable frames=waiter:held
 */
#include "scan.h"

static int ends[2];

static void *waiter(void *argument)
{
	char byte;
	void *volatile held = malloc(40); /* LEAK:held */
	started();
	CHECK(read(ends[0], &byte, 1) == 1);
	keep(held);
	return argument;
}

int main(void)
{
	CHECK(pipe(ends) == 0);
	start(waiter);
	return 0;
}
