/* SPDX-License-Identifier: MIT */
/*
 * A program of the CUDA runtime, by the stand-in for it, shared and static: what it asks of
 * the driver is its caller's.
 *
 * cuda: runtime, runtime_static
 * variants: gcc:-O0,clang:-O2
 * gate: fail
 * expect: leak primary kind=device memory=handle top=cuDevicePrimaryCtxRetain bytes=0 blocks=1 frames=leak:plain,main:call
 * expect: leak plain kind=device memory=device top=cuMemAlloc bytes=1000 blocks=1 frames=leak:plain,main:call
 * expect: leak twice kind=device memory=device top=cuMemAlloc bytes=60 blocks=2 entries>=1 frames=leak:repeated,main:call
 * expect: leak managed kind=device memory=managed top=cuMemAllocManaged bytes=500 blocks=1 frames=leak:managed,main:call
 * expect: leak host kind=device memory=pinned top=cuMemAllocHost|cuMemHostAlloc bytes=600 blocks=1 frames=leak:host,main:call
 * expect: leak flags kind=device memory=pinned top=cuMemHostAlloc bytes=700 blocks=1 frames=leak:flags,main:call
 * expect: leak registered kind=device memory=registered top=cuMemHostRegister bytes=4096 blocks=1 frames=leak:registered,main:call
 * expect: leak async kind=device memory=pool top=cuMemAllocAsync bytes=800 blocks=1 frames=leak:async,main:call
 * expect: leak array kind=device memory=array top=cuArray(3D)?Create bytes=400 blocks=1 frames=leak:array,main:call
 * expect: leak stream kind=device memory=handle top=cuStreamCreate bytes=0 blocks=1 frames=leak:stream,main:call
 * expect: leak event kind=device memory=handle top=cuEventCreate bytes=0 blocks=1 frames=leak:event,main:call
 * expect: leak scoped kind=device memory=device top=cuMemAlloc bytes=30 blocks=1 scope=/work frames=leak_scoped:scoped,main
 * expect: totals.device allocations=6 frees=2 live_bytes=1090 live_blocks=4
 * expect: totals.pool allocations=2 frees=1 live_bytes=800
 * expect: totals.pinned allocations=3 frees=1 live_bytes=1300
 */
#include "victim.h"
#include "replay_cudart.h"
#include <leakscope/leakscope.h>

#define OK(call) CHECK((call) == 0)

/* The runtime's, whose header need not be there. */
struct cudaChannelFormatDesc {
	int x, y, z, w, f;
};

static char block[4096] __attribute__((aligned(4096)));

static NOINLINE void leak(void)
{
	void *p = NULL;
	CUstream stream = NULL;
	CUevent event = NULL;
	CUarray array = NULL;
	struct cudaChannelFormatDesc format = {32, 0, 0, 0, 2};
	OK(cudaMalloc(&p, 1000)); /* LEAK:plain */
	for (int i = 0; i < 2; i++)
		OK(cudaMalloc(&p, 30));                  /* LEAK:repeated */
	OK(cudaMallocManaged(&p, 500, 1));               /* LEAK:managed */
	OK(cudaMallocHost(&p, 600));                     /* LEAK:host */
	OK(cudaHostAlloc(&p, 700, 1));                   /* LEAK:flags */
	OK(cudaHostRegister(block, 4096, 0));            /* LEAK:registered */
	OK(cudaMallocAsync(&p, 800, NULL));              /* LEAK:async */
	OK(cudaMallocArray(&array, &format, 10, 10, 0)); /* LEAK:array */
	OK(cudaStreamCreate(&stream));                   /* LEAK:stream */
	OK(cudaEventCreate(&event));                     /* LEAK:event */
}

static NOINLINE void leak_scoped(void)
{
	void *p = NULL;
	leakscope_scope_t work = leakscope_scope_open("work");
	OK(cudaMalloc(&p, 30)); /* LEAK:scoped */
	leakscope_scope_close(work);
}

static NOINLINE void clean(void)
{
	void *p = NULL;
	CUstream stream = NULL;
	CUevent event = NULL;
	OK(cudaMalloc(&p, 5000));
	OK(cudaMemset(p, 0, 5000));
	OK(cudaFree(p));
	OK(cudaFree(NULL));
	OK(cudaStreamCreateWithFlags(&stream, 1));
	OK(cudaMallocAsync(&p, 5000, stream));
	OK(cudaFreeAsync(p, stream));
	OK(cudaStreamSynchronize(stream));
	OK(cudaStreamDestroy(stream));
	OK(cudaEventCreate(&event));
	OK(cudaEventDestroy(event));
	OK(cudaMallocHost(&p, 5000));
	OK(cudaFreeHost(p));
	OK(cudaMalloc(&p, 64));
	OK(cudaFree(p));
	CHECK(cudaFree(p) != 0);
	(void)cudaGetLastError();
}

int main(void)
{
	leak(); /* AT:call */
	leak_scoped();
	clean();
	return 0;
}
