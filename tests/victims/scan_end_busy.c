/* SPDX-License-Identifier: MIT */
/*
 * main returns while other threads do nothing but allocate and free: some are always in
 * the midst of a malloc then, and what they get is theirs.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O2
 * libs: -lpthread
 * racy: 8
 * gate: pass
 * expect: leak churn bytes>=400 blocks<=16 kind=reachable entries>=1 frames=churns:churn
 */
#include "scan.h"

static volatile int started_threads;

static void *churns(void *argument)
{
	void *volatile held = NULL;
	__atomic_add_fetch(&started_threads, 1, __ATOMIC_SEQ_CST);
	for (;;) {
		void *volatile block = malloc(50); /* LEAK:churn */
		if (held)
			free(block);
		else
			held = block;
	}
	keep(held);
	return argument;
}

int main(void)
{
	pthread_t thread;
	for (int i = 0; i < 8; i++)
		CHECK(pthread_create(&thread, NULL, churns, NULL) == 0);
	while (started_threads < 8)
		usleep(1000);
	usleep(30000);
	return 0;
}
