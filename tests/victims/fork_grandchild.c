/* SPDX-License-Identifier: MIT */
/*
 * A child's child, and a thread in the child.
 *
 * libs: -lpthread
 * children: 2
 * expect: leak first bytes=1 blocks=1 frames=main:first
 * expect@child: leak second bytes=2 blocks=1 frames=main:second
 * expect@child: leak third bytes=4 blocks=1 frames=main:third
 * expect@child: leak thread bytes=8 blocks=1 frames=in_thread:thread
 */
#include "victim.h"
#include <pthread.h>
#include <sys/wait.h>

static void *in_thread(void *argument)
{
	keep(malloc(8)); /* LEAK:thread */
	return argument;
}

int main(void)
{
	int status = 0;
	keep(malloc(1)); /* LEAK:first */
	pid_t child = fork();
	if (child == 0) {
		keep(malloc(2)); /* LEAK:second */
		pid_t grandchild = fork();
		if (grandchild == 0) {
			pthread_t thread;
			keep(malloc(4)); /* LEAK:third */
			CHECK(pthread_create(&thread, NULL, in_thread, NULL) == 0);
			CHECK(pthread_join(thread, NULL) == 0);
			exit(0);
		}
		CHECK(waitpid(grandchild, &status, 0) == grandchild && status == 0);
		exit(0);
	}
	CHECK(waitpid(child, &status, 0) == child && status == 0);
	return 0;
}
