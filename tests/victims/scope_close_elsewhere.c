/* SPDX-License-Identifier: MIT */
/*
 * A scope that another thread closes stops being active on all of them.
 *
 * libs: -lpthread
 * expect: leak inside bytes=10 blocks=1 scope=/shared frames=main:inside
 * expect: leak after bytes=20 blocks=1 scope=/ frames=main:after
 * expect: leak thread bytes=40 blocks=1 scope=/ frames=closer:thread
 * expect: scope /shared instances=1 open_instances=0 outlived_bytes>=10 outlived_blocks>=1
 */
#include "victim.h"
#include <leakscope/leakscope.h>
#include <pthread.h>

static leakscope_scope_t shared;

static void *closer(void *argument)
{
	leakscope_scope_close(shared);
	keep(malloc(40)); /* LEAK:thread */
	return argument;
}

int main(void)
{
	pthread_t thread;
	shared = leakscope_scope_open("shared");
	keep(malloc(10)); /* LEAK:inside */
	CHECK(pthread_create(&thread, NULL, closer, NULL) == 0);
	CHECK(pthread_join(thread, NULL) == 0);
	keep(malloc(20)); /* LEAK:after */
	return 0;
}
