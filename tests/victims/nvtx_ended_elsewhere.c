/* SPDX-License-Identifier: MIT */
/*
 * One thread starts ranges for ever and another ends them: the first keeps nothing of
 * those that are over.
 *
 * variants: gcc:-O2
 * libs: -lpthread -ldl
 * expect: leak last bytes=3 blocks=1 scope=/ frames=main:last
 * expect: scope /request instances=200000 open_instances=0
 * expect: overhead shim_bytes<=2000000
 */
#include "victim.h"
#include "nvtx.h"
#include <pthread.h>

#define REQUESTS 200000
static nvtxRangeId_t ring[16];

static void *finish(void *none)
{
	for (int i = 0; i < REQUESTS; i++) {
		nvtxRangeId_t id;
		while (!(id = __atomic_exchange_n(&ring[i % 16], 0, __ATOMIC_ACQ_REL)))
			sched_yield();
		nvtxRangeEnd(id == 1ull << 63 ? 0 : id);
	}
	return none;
}

int main(void)
{
	pthread_t thread;
	CHECK(pthread_create(&thread, NULL, finish, NULL) == 0);
	for (int i = 0; i < REQUESTS; i++) {
		nvtxRangeId_t id = nvtxRangeStartA("request");
		while (__atomic_load_n(&ring[i % 16], __ATOMIC_ACQUIRE))
			sched_yield();
		/* bare there are no ids */
		__atomic_store_n(&ring[i % 16], id ? id : 1ull << 63, __ATOMIC_RELEASE);
	}
	CHECK(pthread_join(thread, NULL) == 0);
	keep(malloc(3)); /* LEAK:last */
	return 0;
}
