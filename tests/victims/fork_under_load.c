/* SPDX-License-Identifier: MIT */
/*
 * Forks while three threads allocate: no lock of theirs is held in the child.
 *
 * libs: -lpthread
 * racy: 4
 * children: 30
 * variants: gcc:-O2
 * expect: leak churn bytes=any blocks=any entries=any frames=churn:churn
 * expect@child: leak child bytes=500 blocks=50 processes=30 entries=1 frames=main:child
 */
#include "victim.h"
#include <pthread.h>
#include <sys/wait.h>

static void *churn(void *argument)
{
	void *slots[32] = {0};
	for (unsigned int i = 0;; i++) {
		free(slots[i % 32]);
		slots[i % 32] = keep(malloc(i % 256 + 1)); /* LEAK:churn */
	}
	return argument;
}

int main(void)
{
	pthread_t thread;
	for (int i = 0; i < 3; i++)
		CHECK(pthread_create(&thread, NULL, churn, NULL) == 0);
	usleep(1000);
	for (int i = 0; i < 30; i++) {
		int status = 0;
		pid_t pid = fork();
		CHECK(pid >= 0);
		if (pid == 0) {
			alarm(20);
			for (int k = 0; k < 50; k++) {
				keep(malloc(10)); /* LEAK:child */
				free(keep(malloc(1000)));
			}
			_exit(0);
		}
		CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	}
	return 0;
}
