/* SPDX-License-Identifier: MIT */
/*
 * cuMemAllocAsync, released by cuMemFreeAsync and by cuMemFree; a context that ends
 * takes none of it.
 *
 * cuda: all
 * variants: gcc:-O0
 * expect: leak plain kind=device memory=pool top=cuMemAllocAsync bytes=1000 blocks=1 frames=leak:plain,main:call
 * expect: leak ptsz kind=device memory=pool top=cuMemAllocAsync bytes=2000 blocks=1 frames=leak:ptsz,main:call
 * expect: leak scoped kind=device memory=pool top=cuMemAllocAsync bytes=30 blocks=1 scope=/work frames=leak_scoped:scoped,main
 * expect: leak stays kind=device memory=pool reclaimed=no top=cuMemAllocAsync bytes=700 blocks=1 frames=after_context:stays,main
 * expect: totals.pool allocations=10 frees=6 live_bytes=3730 live_blocks=4
 * expect: totals.handle live_blocks>=1
 */
#include "cuda_way.h"
#include <leakscope/leakscope.h>

static CUstream stream;

static NOINLINE void leak(void)
{
	CUdeviceptr p = 0;
	OK(CU(cuMemAllocAsync)(&p, 1000, stream)); /* LEAK:plain */
	CHECK(p);
	OK(CU(cuMemAllocAsync_ptsz)(&p, 2000, NULL)); /* LEAK:ptsz */
	CHECK(p);
}

static NOINLINE void leak_scoped(void)
{
	CUdeviceptr p = 0;
	leakscope_scope_t work = leakscope_scope_open("work");
	OK(CU(cuMemAllocAsync)(&p, 30, stream)); /* LEAK:scoped */
	leakscope_scope_close(work);
}

static CUresult release(uint64_t p)
{
	return CU(cuMemFreeAsync)(p, stream);
}

static NOINLINE void clean(void)
{
	CUdeviceptr p = 0;
	OK(CU(cuMemAllocAsync)(&p, 5000, stream));
	OK(release(p));
	OK(CU(cuMemAllocAsync)(&p, 5000, stream));
	OK(CU(cuMemFreeAsync_ptsz)(p, NULL));
	OK(CU(cuMemAllocAsync)(&p, 5000, stream));
	OK(CU(cuMemFree_v2)(p));
	OK(CU(cuStreamSynchronize)(stream));
}

static NOINLINE void twice(void)
{
	CUdeviceptr p = 0;
	OK(CU(cuMemAllocAsync)(&p, 77, stream));
	OK(release(p));
	OK(CU(cuStreamSynchronize)(stream));
	CHECK(release(p) != CUDA_SUCCESS);
}

static NOINLINE void by_another(void)
{
	CUdeviceptr p = 0;
	OK(CU(cuMemAllocAsync)(&p, 88, stream));
	OK(elsewhere(release, p));
}

static NOINLINE void after_context(void)
{
	CUdeviceptr p = 0, q = 0;
	CUcontext context = way_context(0);
	OK(CU(cuMemAllocAsync)(&p, 700, NULL)); /* LEAK:stays */
	OK(CU(cuMemAllocAsync)(&q, 800, NULL));
	OK(CU(cuCtxDestroy_v2)(context));
	OK(CU(cuCtxSetCurrent)(way_first));
	OK(release(q));
}

int main(void)
{
	OK(CU(cuStreamCreate)(&stream, CU_STREAM_NON_BLOCKING));
	leak(); /* AT:call */
	leak_scoped();
	clean();
	twice();
	by_another();
	after_context();
	OK(CU(cuStreamSynchronize)(stream));
	OK(CU(cuStreamDestroy_v2)(stream));
	return 0;
}
