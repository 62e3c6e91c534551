/* SPDX-License-Identifier: MIT */
/*
 * While the process ends a thread waits in epoll_wait without end:
 * what only its stack points to is reachable.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * libs: -lpthread
 * gate: pass
 * expect: leak held bytes=40 blocks=1 kind=reachable frames=waiter:held
 */
#include "scan.h"
#include <sys/epoll.h>

static void *waiter(void *argument)
{
	struct epoll_event event;
	int set = epoll_create1(0);
	CHECK(set >= 0);
	void *volatile held = malloc(40); /* LEAK:held */
	started();
	epoll_wait(set, &event, 1, -1);
	keep(held);
	return argument;
}

int main(void)
{
	start(waiter);
	return 0;
}
