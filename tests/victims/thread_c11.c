/* SPDX-License-Identifier: MIT */
/*
 * C11 threads: result, scope inheritance and leaks as with pthreads.
 *
 * libs: -lpthread
 * expect: leak here bytes=41 blocks=1 scope=/outer frames=work:here
 * expect: scope /outer instances=1 outlived_bytes>=41
 */
#include "victim.h"
#include <leakscope/leakscope.h>
#include <threads.h>

static int work(void *argument)
{
	keep(malloc(41)); /* LEAK:here */
	return *(int *)argument + 1;
}

int main(void)
{
	thrd_t thread;
	int value = 41, result = 0;
	LEAKSCOPE_SCOPE("outer") {
		CHECK(thrd_create(&thread, work, &value) == thrd_success);
		CHECK(thrd_join(thread, &result) == thrd_success);
	}
	CHECK(result == 42);
	return 0;
}
