/* SPDX-License-Identifier: MIT */
/*
 * The only pointer is the sigev_value of a timer: the kernel has it, of timers that
 * send a signal and of those that start a thread, armed or not. A timer that was
 * deleted holds nothing.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * libs: -lrt -lpthread
 * gate: fail
 * expect: leak armed bytes=11 blocks=1 kind=reachable frames=make:armed,main
 * expect: leak idle bytes=22 blocks=1 kind=reachable frames=make:idle,main
 * expect: leak thread bytes=33 blocks=1 kind=reachable frames=make:thread,main
 * expect: leak libc bytes=any blocks=1 kind=reachable top=.*timer_create.* frames=timer:create,make:thread,main
 * expect: leak deleted bytes=44 blocks=1 kind=definite frames=make:deleted,main
 */
#include "scan.h"
#include <signal.h>
#include <time.h>

static NOINLINE timer_t timer(int how, void *value)
{
	timer_t id;
	struct sigevent event;
	memset(&event, 0, sizeof(event));
	event.sigev_notify = how;
	event.sigev_signo = SIGUSR1;
	event.sigev_value.sival_ptr = value;
	if (how == SIGEV_THREAD)
		event.sigev_notify_function = (void (*)(union sigval))(void (*)(void))abort;
	CHECK(timer_create(CLOCK_MONOTONIC, &event, &id) == 0); /* AT:create */
	return id;
}

static NOINLINE void make(void)
{
	struct itimerspec hour = {{3600, 0}, {3600, 0}};
	CHECK(timer_settime(timer(SIGEV_SIGNAL, malloc(11)), 0, &hour, NULL) == 0); /* LEAK:armed */
	timer(SIGEV_SIGNAL, malloc(22));                                            /* LEAK:idle */
	timer(SIGEV_THREAD, malloc(33));                           /* LEAK:thread */
	CHECK(timer_delete(timer(SIGEV_SIGNAL, malloc(44))) == 0); /* LEAK:deleted */
}

int main(void)
{
	make();
	wipe();
	return 0;
}
