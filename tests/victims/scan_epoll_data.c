/* SPDX-License-Identifier: MIT */
/*
 * The only pointer is what the program gave epoll_ctl: the kernel has it.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * gate: fail
 * expect: leak watched bytes=1000 blocks=100 entries>=1 kind=reachable frames=watch:watched,main
 * expect: leak removed bytes=20 blocks=1 kind=definite frames=watch:removed,main
 */
#include "scan.h"
#include <sys/epoll.h>

static int ends[101];

static NOINLINE void watch(int set)
{
	struct epoll_event event = {.events = EPOLLIN};
	for (int i = 0; i < 100; i++) {
		event.data.ptr = malloc(10); /* LEAK:watched */
		CHECK(epoll_ctl(set, EPOLL_CTL_ADD, ends[i], &event) == 0);
	}
	event.data.ptr = malloc(20); /* LEAK:removed */
	CHECK(epoll_ctl(set, EPOLL_CTL_ADD, ends[100], &event) == 0);
	CHECK(epoll_ctl(set, EPOLL_CTL_DEL, ends[100], NULL) == 0);
}

int main(void)
{
	int set = epoll_create1(EPOLL_CLOEXEC);
	CHECK(set >= 0);
	for (int i = 0; i < 101; i++) {
		int both[2];
		CHECK(pipe(both) == 0);
		ends[i] = both[0];
	}
	watch(set);
	wipe();
	return 0;
}
