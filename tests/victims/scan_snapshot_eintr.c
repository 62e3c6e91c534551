/* SPDX-License-Identifier: MIT */
/*
 * The program's own signals still break off poll, pause, nanosleep, sem_wait and
 * epoll_wait while snapshots are taken, and nanosleep says how much was left.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * libs: -lpthread
 * timeout: 120
 * gate: pass
 * expect: no-leak
 */
#include "scan.h"
#include <leakscope/leakscope.h>
#include <poll.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/epoll.h>
#include <time.h>

static volatile int handled, finished, which;
static sem_t never;

static void handler(int number)
{
	(void)number;
	handled++;
}

static void *waiter(void *argument)
{
	struct timespec ten = {10, 0}, rest = {0, 0};
	struct epoll_event event;
	int set = epoll_create1(EPOLL_CLOEXEC);
	started();
	which = 1;
	CHECK(poll(NULL, 0, -1) == -1 && errno == EINTR && handled == 1);
	which = 2;
	CHECK(pause() == -1 && errno == EINTR && handled == 2);
	which = 3;
	CHECK(nanosleep(&ten, &rest) == -1 && errno == EINTR && handled == 3);
	CHECK(rest.tv_sec == 9 && rest.tv_nsec > 200000000 && rest.tv_nsec < 980000000);
	which = 4;
	CHECK(sem_wait(&never) == -1 && errno == EINTR && handled == 4);
	which = 5;
	CHECK(epoll_wait(set, &event, 1, 10000) == -1 && errno == EINTR && handled == 5);
	close(set);
	finished = 1;
	return argument;
}

int main(void)
{
	struct sigaction action = {.sa_handler = handler};
	CHECK(sigaction(SIGUSR1, &action, NULL) == 0 && sem_init(&never, 0, 0) == 0);
	pthread_t thread = start(waiter);
	for (int wait = 1; wait <= 5; wait++) {
		while (which < wait)
			usleep(1000);
		for (int i = 0; i < 10; i++) {
			leakscope_snapshot("during");
			usleep(5000);
		}
		CHECK(which == wait);
		CHECK(pthread_kill(thread, SIGUSR1) == 0);
	}
	CHECK(pthread_join(thread, NULL) == 0 && finished);
	return 0;
}
