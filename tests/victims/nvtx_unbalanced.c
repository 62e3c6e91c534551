/* SPDX-License-Identifier: MIT */
/*
 * Pops without a push change nothing; pushes without a pop are closed at the end, and
 * too many of them are told in a note; threads that end with pushed ranges do not
 * disturb others.
 *
 * libs: -lpthread -ldl
 * expect: leak plain bytes=1 blocks=1 scope=/ frames=main:plain
 * expect: leak thread bytes=150 blocks=50 scope=/thread/left entries>=1 frames=work:thread
 * expect: leak again bytes=2 blocks=1 scope=/ frames=main:again
 * expect: leak open bytes=4 blocks=1 scope=/open outlived=yes frames=main:open
 * expect: leak deep bytes=8 blocks=1 scope~^/open(/deep){250,260}$ outlived=yes frames=main:deep
 * expect: leak undone bytes=16 blocks=1 scope=/open outlived=yes frames=main:undone
 * expect: scope /thread/left instances=50 open_instances=0 outlived_blocks=50
 * expect: note~nested more than
 */
#include "victim.h"
#include "nvtx.h"
#include <pthread.h>

static void *work(void *none)
{
	nvtxRangePop();
	nvtxRangePushA("thread");
	nvtxRangePushA("left");
	keep(malloc(3)); /* LEAK:thread */
	return none;
}

int main(void)
{
	nvtxDomainHandle_t lib = nvtxDomainCreateA("lib");
	CHECK(nvtxRangePop() < 0);
	CHECK(nvtxDomainRangePop(lib) < 0);
	keep(malloc(1)); /* LEAK:plain */
	for (int i = 0; i < 50; i++) {
		pthread_t thread;
		CHECK(pthread_create(&thread, NULL, work, NULL) == 0);
		CHECK(pthread_join(thread, NULL) == 0);
	}
	keep(malloc(2)); /* LEAK:again */
	nvtxRangePushA("open");
	keep(malloc(4)); /* LEAK:open */
	for (int i = 0; i < 100000; i++)
		nvtxRangePushA("deep");
	keep(malloc(8)); /* LEAK:deep */
	for (int i = 0; i < 100000; i++)
		nvtxRangePop();
	CHECK(nvtxDomainRangePop(lib) < 0);
	keep(malloc(16)); /* LEAK:undone */
	return 0;
}
