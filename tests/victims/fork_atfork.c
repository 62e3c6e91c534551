/* SPDX-License-Identifier: MIT */
/*
 * Handlers of pthread_atfork allocate and leak on both sides; fork in a thread.
 *
 * libs: -lpthread
 * children: 1
 * expect: leak prepare bytes=1 blocks=1 frames=prepare:prepare
 * expect: leak parent bytes=2 blocks=1 frames=parent:parent
 * expect@child: leak child bytes=4 blocks=1 frames=child:child
 * expect@child: leak own bytes=8 blocks=1 frames=work:own
 */
#include "victim.h"
#include <pthread.h>
#include <sys/wait.h>

static void prepare(void)
{
	keep(malloc(1)); /* LEAK:prepare */
}

static void parent(void)
{
	keep(malloc(2)); /* LEAK:parent */
}

static void child(void)
{
	keep(malloc(4)); /* LEAK:child */
}

static void *work(void *argument)
{
	int status = 0;
	pid_t pid = fork();
	if (pid == 0) {
		keep(malloc(8)); /* LEAK:own */
		exit(0);
	}
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	return argument;
}

int main(void)
{
	pthread_t thread;
	CHECK(pthread_atfork(prepare, parent, child) == 0);
	CHECK(pthread_create(&thread, NULL, work, NULL) == 0);
	CHECK(pthread_join(thread, NULL) == 0);
	return 0;
}
