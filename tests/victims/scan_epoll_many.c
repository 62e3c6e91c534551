/* SPDX-License-Identifier: MIT */
/*
 * More pointers that only epoll keeps than a table of any one size has room for.
 *
 * variants: gcc:-O0,clang:-O2
 * gate: pass
 * expect: leak kept bytes=1600000 blocks=100000 kind=reachable frames=fill:kept,main
 */
#include "scan.h"
#include <sys/epoll.h>
#include <sys/eventfd.h>

#define EVENTS 500
#define SETS 200

static NOINLINE void fill(void)
{
	int event[EVENTS];
	for (int i = 0; i < EVENTS; i++)
		CHECK((event[i] = eventfd(0, 0)) >= 0);
	for (int k = 0; k < SETS; k++) {
		int set = epoll_create1(0);
		for (int i = 0; i < EVENTS; i++) {
			struct epoll_event e = {.events = EPOLLIN};
			e.data.ptr = malloc(16); /* LEAK:kept */
			CHECK(epoll_ctl(set, EPOLL_CTL_ADD, event[i], &e) == 0);
			e.data.ptr = NULL;
			keep(&e);
		}
	}
}

int main(void)
{
	fill();
	wipe();
	return 0;
}
