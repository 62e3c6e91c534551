/* SPDX-License-Identifier: MIT */
/*
 * A range on each of many threads, all at once, the first calls of NVTX among them;
 * threads that are made inside a range start in it, and what they push keeps its path
 * when it has been popped.
 *
 * libs: -lpthread -ldl
 * expect: leak worker bytes=1600 blocks=400 scope=/worker/step entries>=1 frames=work:worker
 * expect: leak domain bytes=800 blocks=400 scope=/worker/lib:step entries>=1 frames=work:domain
 * expect: leak inherited bytes=7 blocks=1 scope=/made/inner frames=inherit:inherited
 * expect: leak gone bytes=9 blocks=1 scope=/made/inner frames=inherit:gone
 * expect: leak back bytes=11 blocks=1 scope=/ frames=inherit:back
 * expect: scope /worker instances=8 open_instances=0
 * expect: scope /worker/step instances=4000 open_instances=0 allocations=4400
 * expect: scope /made/inner instances=1 open_instances=0 outlived_bytes=16
 */
#include "victim.h"
#include "nvtx.h"
#include <pthread.h>

static pthread_barrier_t barrier;

static void *work(void *none)
{
	pthread_barrier_wait(&barrier);
	nvtxDomainHandle_t lib = nvtxDomainCreateA("lib");
	nvtxEventAttributes_t a = nvtx_ascii("step");
	nvtxRangePushA("worker");
	for (int i = 0; i < 500; i++) {
		nvtxRangePushA("step");
		if (i % 10 == 0)
			keep(malloc(4)); /* LEAK:worker */
		free(keep(malloc(10)));
		nvtxRangePop();
		nvtxDomainRangePushEx(lib, &a);
		if (i % 10 == 0)
			keep(malloc(2)); /* LEAK:domain */
		nvtxDomainRangePop(lib);
	}
	nvtxRangePop();
	return none;
}

static void *inherit(void *none)
{
	nvtxRangePop(); /* not its own */
	nvtxRangePushA("inner");
	keep(malloc(7)); /* LEAK:inherited */
	pthread_barrier_wait(&barrier);
	pthread_barrier_wait(&barrier);
	keep(malloc(9)); /* LEAK:gone */
	nvtxRangePop();
	keep(malloc(11)); /* LEAK:back */
	return none;
}

int main(void)
{
	pthread_t threads[8], other;
	pthread_barrier_init(&barrier, NULL, 8);
	for (int i = 0; i < 8; i++)
		CHECK(pthread_create(&threads[i], NULL, work, NULL) == 0);
	for (int i = 0; i < 8; i++)
		CHECK(pthread_join(threads[i], NULL) == 0);

	pthread_barrier_init(&barrier, NULL, 2);
	nvtxRangePushA("made");
	CHECK(pthread_create(&other, NULL, inherit, NULL) == 0);
	pthread_barrier_wait(&barrier);
	nvtxRangePop();
	pthread_barrier_wait(&barrier);
	CHECK(pthread_join(other, NULL) == 0);
	return 0;
}
