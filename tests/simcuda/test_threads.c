/* SPDX-License-Identifier: MIT */
/*
 * Eight threads on two devices with memory of all kinds, streams, graphs and contexts that
 * come and go, under ThreadSanitizer.  Prints TAP itself, since cmocka is not built for it.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#include "cuda_api.h"

enum { THREADS = 8, ROUNDS = 150 };
static CUcontext contexts[2];
static CUmemoryPool pool;
static atomic_uint failures;

#define OK(call)                                                                                   \
	do {                                                                                       \
		CUresult r_ = (call);                                                              \
		if (r_) {                                                                          \
			atomic_fetch_add(&failures, 1);                                            \
			printf("# line %d: %s: %d\n", __LINE__, #call, (int)r_);                   \
			return NULL;                                                               \
		}                                                                                  \
	} while (0)

static void count(void *counter)
{
	++*(int *)counter;
}

static void *work(void *number)
{
	int id = (int)(size_t)number;
	CUstream s;
	OK(cuCtxSetCurrent(contexts[id % 2]));
	OK(cuStreamCreate(&s, CU_STREAM_NON_BLOCKING));
	int called = 0;
	for (int i = 0; i < ROUNDS; i++) {
		CUdeviceptr a, b, c, g;
		void *host;
		CUevent e;
		CUgraph graph;
		CUgraphExec exec;
		unsigned char out[64];
		OK(cuMemAlloc(&a, 1000 + (size_t)i));
		OK(cuMemAllocAsync(&b, 4096, s));
		OK(cuMemAllocHost(&host, 128));
		OK(cuEventCreate(&e, 0));
		OK(cuMemsetD8Async(b, (unsigned char)(id + i), 4096, s));
		OK(cuMemcpyDtoDAsync(a, b, 64, s));
		OK(cuLaunchHostFunc(s, count, &called));
		OK(cuEventRecord(e, s));
		OK(cuEventSynchronize(e));
		OK(cuMemcpyDtoH(out, a, 64));
		if (out[63] != (unsigned char)(id + i))
			atomic_fetch_add(&failures, 1);
		OK(cuMemFreeAsync(b, s));
		if (id % 2 == 0) {
			OK(cuMemAllocFromPoolAsync(&c, 100, pool, s));
			OK(cuMemFreeAsync(c, s));
		}
		OK(cuStreamBeginCapture(s, CU_STREAM_CAPTURE_MODE_THREAD_LOCAL));
		OK(cuMemAllocAsync(&g, 512, s));
		OK(cuMemsetD8Async(g, 1, 512, s));
		OK(cuStreamEndCapture(s, &graph));
		OK(cuGraphInstantiate(&exec, graph, 0));
		OK(cuGraphDestroy(graph));
		OK(cuGraphLaunch(exec, s));
		OK(cuGraphExecDestroy(exec));
		OK(cuMemFreeAsync(g, s));
		OK(cuEventDestroy(e));
		OK(cuMemFreeHost(host));
		OK(cuMemFree(a));
		if (i % 50 == 0) {
			CUcontext own, popped;
			OK(cuCtxCreate(&own, NULL, 0, id % 2));
			OK(cuMemAlloc(&a, 100));
			OK(cuCtxDestroy(own));
			OK(cuCtxGetCurrent(&popped));
		}
	}
	OK(cuStreamSynchronize(s));
	OK(cuStreamDestroy(s));
	if (called != ROUNDS)
		atomic_fetch_add(&failures, 1);
	return NULL;
}

static void *all(void *unused)
{
	pthread_t threads[THREADS];
	CUmemPoolProps props = {.allocType = CU_MEM_ALLOCATION_TYPE_PINNED,
				.location = {CU_MEM_LOCATION_TYPE_DEVICE, 0}};
	size_t free_bytes[2], total, after;
	(void)unused;
	OK(cuInit(0));
	for (int i = 0; i < 2; i++) {
		OK(cuCtxCreate(&contexts[i], NULL, 0, i));
		OK(cuMemGetInfo(&free_bytes[i], &total));
	}
	OK(cuMemPoolCreate(&pool, &props));
	for (size_t i = 0; i < THREADS; i++) {
		if (pthread_create(&threads[i], NULL, work, (void *)i))
			return NULL;
	}
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	OK(cuMemPoolDestroy(pool));
	for (int i = 0; i < 2; i++) {
		OK(cuCtxSetCurrent(contexts[i]));
		OK(cuCtxSynchronize());
		OK(cuDeviceGraphMemTrim(i));
		OK(cuMemGetInfo(&after, &total));
		if (after != free_bytes[i]) {
			printf("# device %d: %zu bytes free, then %zu\n", i, free_bytes[i], after);
			atomic_fetch_add(&failures, 1);
		}
		OK(cuCtxDestroy(contexts[i]));
	}
	return &failures;
}

int main(void)
{
	int good = all(NULL) && !atomic_load(&failures);
	printf("1..1\n%sok 1 - eight threads on two devices\n", good ? "" : "not ");
	return !good;
}
