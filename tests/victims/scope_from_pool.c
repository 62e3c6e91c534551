/* SPDX-License-Identifier: MIT */
/*
 * A manager retags blocks that many threads made, while others are freed; what
 * is left is the manager's, exactly.
 *
 * libs: -lpthread
 * expect: leak kept bytes=3200 blocks=100 scope=/manager entries>=1 frames=work:kept
 * expect: scope /manager live_blocks=100 outlived_blocks=100 allocations=0
 * expect: scope /request instances=400 outlived_blocks=0 live_blocks=0
 */
#include "victim.h"
#include <leakscope/leakscope.h>
#include <pthread.h>

static leakscope_scope_t manager;

static void *work(void *argument)
{
	for (int i = 0; i < 100; i++) {
		LEAKSCOPE_SCOPE("request") {
			void *p = keep(malloc(32)); /* LEAK:kept */
			leakscope_retag(p, manager);
			if (i % 4)
				free(p);
		}
	}
	return argument;
}

int main(void)
{
	pthread_t threads[4];
	manager = leakscope_scope_new(0, "manager", LEAKSCOPE_MANAGER);
	for (int i = 0; i < 4; i++)
		CHECK(pthread_create(&threads[i], NULL, work, NULL) == 0);
	for (int i = 0; i < 4; i++)
		CHECK(pthread_join(threads[i], NULL) == 0);
	leakscope_scope_close(manager);
	return 0;
}
