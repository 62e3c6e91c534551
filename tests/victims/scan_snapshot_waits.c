/* SPDX-License-Identifier: MIT */
/*
 * Threads in the calls that the kernel never restarts by itself do not notice that two
 * hundred snapshots are taken: no EINTR, and each call takes as long as it was asked to.
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
#include <sys/select.h>
#include <time.h>

#define MS 400

static sem_t never;
static volatile int done, ready;

static void poll_it(void)
{
	CHECK(poll(NULL, 0, MS) == 0);
}

static void ppoll_it(void)
{
	struct timespec time = {0, MS * 1000000L};
	CHECK(ppoll(NULL, 0, &time, NULL) == 0);
}

static void select_it(void)
{
	struct timeval time = {0, MS * 1000L};
	CHECK(select(0, NULL, NULL, NULL, &time) == 0);
}

static void pselect_it(void)
{
	struct timespec time = {0, MS * 1000000L};
	CHECK(pselect(0, NULL, NULL, NULL, &time, NULL) == 0);
}

static void epoll_it(void)
{
	struct epoll_event event;
	int set = epoll_create1(EPOLL_CLOEXEC);
	CHECK(set >= 0 && epoll_wait(set, &event, 1, MS) == 0);
	close(set);
}

static void nanosleep_it(void)
{
	struct timespec time = {0, MS * 1000000L}, rest = {77, 77};
	CHECK(nanosleep(&time, &rest) == 0);
	CHECK(rest.tv_sec == 77 && rest.tv_nsec == 77);
}

static void clock_nanosleep_it(void)
{
	struct timespec time;
	CHECK(clock_gettime(CLOCK_MONOTONIC, &time) == 0);
	time.tv_nsec += MS * 1000000L;
	time.tv_sec += time.tv_nsec / 1000000000;
	time.tv_nsec %= 1000000000;
	CHECK(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL) == 0);
}

static void usleep_it(void)
{
	CHECK(usleep(MS * 1000) == 0);
}

static void sem_it(void)
{
	struct timespec time;
	CHECK(clock_gettime(CLOCK_REALTIME, &time) == 0);
	time.tv_nsec += MS * 1000000L;
	time.tv_sec += time.tv_nsec / 1000000000;
	time.tv_nsec %= 1000000000;
	CHECK(sem_timedwait(&never, &time) == -1 && errno == ETIMEDOUT);
}

static void sigtimedwait_it(void)
{
	struct timespec time = {0, MS * 1000000L};
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	CHECK(sigtimedwait(&set, NULL, &time) == -1 && errno == EAGAIN);
}

static void cond_it(void)
{
	static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
	static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
	struct timespec time;
	CHECK(clock_gettime(CLOCK_REALTIME, &time) == 0);
	time.tv_nsec += MS * 1000000L;
	time.tv_sec += time.tv_nsec / 1000000000;
	time.tv_nsec %= 1000000000;
	CHECK(pthread_mutex_lock(&mutex) == 0);
	CHECK(pthread_cond_timedwait(&cond, &mutex, &time) == ETIMEDOUT);
	CHECK(pthread_mutex_unlock(&mutex) == 0);
}

static void (*const waits[])(void) = {
	poll_it,      ppoll_it,           select_it, pselect_it, epoll_it,
	nanosleep_it, clock_nanosleep_it, usleep_it, sem_it,     sigtimedwait_it,
	cond_it,
};
#define WAITS (int)(sizeof(waits) / sizeof(*waits))

static void *waiter(void *argument)
{
	int which = (int)(intptr_t)argument;
	struct timespec start, end;
	__atomic_add_fetch(&ready, 1, __ATOMIC_SEQ_CST);
	for (int i = 0; i < 3; i++) {
		CHECK(clock_gettime(CLOCK_MONOTONIC, &start) == 0);
		waits[which]();
		CHECK(clock_gettime(CLOCK_MONOTONIC, &end) == 0);
		long ms = (end.tv_sec - start.tv_sec) * 1000 +
			  (end.tv_nsec - start.tv_nsec) / 1000000;
		/* one that begins anew at each snapshot ends MS after the last, not before 1000 ms */
		if (ms < MS - 2 || ms > MS + 350)
			complain("wait %d took %ld ms, not %d\n", which, ms, MS);
	}
	__atomic_add_fetch(&done, 1, __ATOMIC_SEQ_CST);
	return NULL;
}

int main(void)
{
	pthread_t threads[WAITS];
	CHECK(sem_init(&never, 0, 0) == 0);
	for (int i = 0; i < WAITS; i++)
		CHECK(pthread_create(&threads[i], NULL, waiter, (void *)(intptr_t)i) == 0);
	while (ready < WAITS)
		usleep(1000);
	for (int i = 0; i < 200 && done < WAITS; i++) {
		leakscope_snapshot("during");
		usleep(3000);
	}
	for (int i = 0; i < WAITS; i++)
		CHECK(pthread_join(threads[i], NULL) == 0);
	return 0;
}
