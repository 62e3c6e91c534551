/* SPDX-License-Identifier: MIT */
/*
 * Four threads enter one scope: their blocks are its blocks, one instance.
 *
 * libs: -lpthread
 * expect: leak each bytes=100 blocks=4 scope=/pool entries>=1 frames=work:each
 * expect: leak left bytes=8 blocks=4 scope=/ entries>=1 frames=work:left
 * expect: scope /pool instances=1 allocations=4004 live_blocks=4 outlived_blocks=4 kind=user
 */
#include "victim.h"
#include <leakscope/leakscope.h>
#include <pthread.h>

static void *work(void *argument)
{
	leakscope_scope_t pool = *(leakscope_scope_t *)argument;
	leakscope_scope_enter(pool);
	keep(malloc(25)); /* LEAK:each */
	for (int i = 0; i < 1000; i++)
		free(keep(malloc(64)));
	leakscope_scope_leave(pool);
	keep(malloc(2)); /* LEAK:left */
	return NULL;
}

int main(void)
{
	pthread_t threads[4];
	leakscope_scope_t pool = leakscope_scope_new(0, "pool", LEAKSCOPE_USER);
	for (int i = 0; i < 4; i++)
		CHECK(pthread_create(&threads[i], NULL, work, &pool) == 0);
	for (int i = 0; i < 4; i++)
		CHECK(pthread_join(threads[i], NULL) == 0);
	leakscope_scope_close(pool);
	return 0;
}
