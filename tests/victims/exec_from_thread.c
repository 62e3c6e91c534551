/* SPDX-License-Identifier: MIT */
/*
 * exec from a thread that is not the first, while others allocate.
 *
 * libs: -lpthread
 * part: leaky from=leaky.c
 * run: {build}/leaky
 * images: 1
 * racy: 4
 * expect: exit=4
 * expect: leak leaky bytes=111 blocks=1 frames=leaky_leak:leaky,main
 * expect@exec1: state=exec
 */
#include "victim.h"
#include <pthread.h>

static void *churn(void *argument)
{
	for (unsigned int i = 0;; i++)
		free(keep(malloc(i % 512 + 1)));
	return argument;
}

static void *leaver(void *path)
{
	usleep(20000);
	keep(malloc(321));
	execl(path, "leaky", (char *)NULL);
	_exit(1);
}

int main(int argc, char **argv)
{
	pthread_t thread;
	CHECK(argc == 2);
	for (int i = 0; i < 3; i++)
		CHECK(pthread_create(&thread, NULL, churn, NULL) == 0);
	CHECK(pthread_create(&thread, NULL, leaver, argv[1]) == 0);
	for (;;)
		pause();
}
