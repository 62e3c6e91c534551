/* SPDX-License-Identifier: MIT */
/*
 * Threads that wait without end, in pause, sigsuspend, poll, epoll_wait, select, sem_wait,
 * sigwaitinfo, read and accept, stay where they are for two hundred snapshots:
 * none returns.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * libs: -lpthread
 * gate: pass
 * expect: leak held bytes=900 blocks=9 kind=reachable frames=waiter:held
 */
#include "scan.h"
#include <leakscope/leakscope.h>
#include <poll.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/un.h>

static sem_t never;
static int ends[2], set, listener;
static volatile int ready;

static void forever(int which)
{
	struct epoll_event event;
	sigset_t signals;
	char text[64];
	sigemptyset(&signals);
	switch (which) {
	case 0: pause(); break;
	case 1: sigsuspend(&signals); break;
	case 2: poll(NULL, 0, -1); break;
	case 3: epoll_wait(set, &event, 1, -1); break;
	case 4: select(0, NULL, NULL, NULL, NULL); break;
	case 5: sem_wait(&never); break;
	case 6:
		sigaddset(&signals, SIGUSR1);
		sigwaitinfo(&signals, NULL);
		break;
	case 7: CHECK(read(ends[0], text, 1) == 1); break;
	case 8: accept(listener, NULL, NULL); break;
	}
}

static void *waiter(void *argument)
{
	int which = (int)(intptr_t)argument;
	void *volatile held = malloc(100); /* LEAK:held */
	__atomic_add_fetch(&ready, 1, __ATOMIC_SEQ_CST);
	forever(which);
	complain("wait %d has ended (errno %d)\n", which, errno);
	return held;
}

int main(void)
{
	struct sockaddr_un any = {.sun_family = AF_UNIX};
	pthread_t thread;
	CHECK(sem_init(&never, 0, 0) == 0 && pipe(ends) == 0);
	CHECK((set = epoll_create1(EPOLL_CLOEXEC)) >= 0);
	CHECK((listener = socket(AF_UNIX, SOCK_STREAM, 0)) >= 0);
	CHECK(bind(listener, (struct sockaddr *)&any, sizeof(sa_family_t)) == 0);
	CHECK(listen(listener, 1) == 0);
	for (int i = 0; i < 9; i++)
		CHECK(pthread_create(&thread, NULL, waiter, (void *)(intptr_t)i) == 0);
	while (ready < 9)
		usleep(1000);
	usleep(50000);
	for (int i = 0; i < 200; i++)
		leakscope_snapshot("during");
	usleep(50000);
	return 0;
}
