/* SPDX-License-Identifier: MIT */
/*
 * Eight threads, four to a device, each with a context of its own: no block is lost or
 * counted twice, and half of them are released by a neighbour.
 *
 * cuda: all
 * variants: gcc:-O0
 * env: SIMCUDA_DEVICES=2
 * expect: leak left kind=device memory=device top=cuMemAlloc bytes=800 blocks=8 entries>=1 frames=work:left
 * expect: leak contexts kind=device memory=handle top=cuCtxCreate bytes=0 blocks=8 frames=main:contexts
 * expect: totals.device allocations=8808 frees=8800 live_bytes=800 live_blocks=8
 * expect: totals.pinned allocations=800 frees=800 live_bytes=0 live_blocks=0
 * expect: device 0 live_bytes=400
 * expect: device 1 live_bytes=400
 */
#include "cuda_way.h"

#define THREADS 8
#define ROUNDS 100
#define KEPT 10

static CUcontext contexts[THREADS];
static CUdeviceptr given[THREADS][ROUNDS];
static pthread_barrier_t barrier;

static void *work(void *argument)
{
	int me = (int)(intptr_t)argument, neighbour = (me + 2) % THREADS;
	CUdeviceptr kept[KEPT], p = 0;
	void *host = NULL;

	OK(CU(cuCtxSetCurrent)(contexts[me]));
	for (int i = 0; i < ROUNDS; i++) {
		for (int k = 0; k < KEPT; k++)
			OK(CU(cuMemAlloc_v2)(&kept[k], (size_t)(1 + i + k)));
		OK(CU(cuMemAllocHost_v2)(&host, 64));
		OK(CU(cuMemAlloc_v2)(&given[me][i], 4096));
		for (int k = 0; k < KEPT; k++)
			OK(CU(cuMemFree_v2)(kept[k]));
		OK(CU(cuMemFreeHost)(host));
	}
	pthread_barrier_wait(&barrier);
	OK(CU(cuCtxSetCurrent)(contexts[neighbour]));
	for (int i = 0; i < ROUNDS; i++)
		OK(CU(cuMemFree_v2)(given[neighbour][i]));
	OK(CU(cuCtxSetCurrent)(contexts[me]));
	OK(CU(cuMemAlloc_v2)(&p, 100)); /* LEAK:left */
	return NULL;
}

int main(void)
{
	pthread_t threads[THREADS];
	CHECK(pthread_barrier_init(&barrier, NULL, THREADS) == 0);
	for (int i = 0; i < THREADS; i++)
		OK(CU(cuCtxCreate_v4)(&contexts[i], NULL, 0, i % 2)); /* LEAK:contexts */
	for (int i = 0; i < THREADS; i++)
		CHECK(pthread_create(&threads[i], NULL, work, (void *)(intptr_t)i) == 0);
	for (int i = 0; i < THREADS; i++)
		CHECK(pthread_join(threads[i], NULL) == 0);
	return 0;
}
