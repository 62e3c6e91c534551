/* SPDX-License-Identifier: MIT */
/*
 * cuMemAlloc, cuMemAllocPitch and cuMemAllocManaged, released by cuMemFree: left, released,
 * released twice, by another thread, and after their context was gone.
 *
 * cuda: all
 * variants: gcc:-O0
 * gate: fail
 * expect: leak plain kind=device memory=device top=cuMemAlloc bytes=1000 blocks=1 frames=leak:plain,main:call
 * expect: leak pitch kind=device memory=device top=cuMemAllocPitch bytes=5120 blocks=1 frames=leak:pitch,main:call
 * expect: leak managed kind=device memory=managed top=cuMemAllocManaged bytes=500 blocks=1 frames=leak:managed,main:call
 * expect: leak scoped kind=device memory=device top=cuMemAlloc bytes=30 blocks=1 scope=/work frames=leak_scoped:scoped,main
 * expect: leak gone kind=device memory=device reclaimed=yes top=cuMemAlloc bytes=700 blocks=1 frames=after_context:gone,main
 * expect: leak twice kind=device memory=device reclaimed=no top=cuMemAlloc bytes=64 blocks=1 frames=twice:again,main
 * expect: totals.device allocations=8 frees=3 live_bytes=6914 live_blocks=5
 * expect: totals.managed allocations=2 frees=1 live_bytes=500 live_blocks=1
 */
#include "cuda_way.h"
#include <leakscope/leakscope.h>

static NOINLINE void leak(void)
{
	CUdeviceptr p = 0;
	size_t pitch = 0;
	OK(CU(cuMemAlloc_v2)(&p, 1000)); /* LEAK:plain */
	CHECK(p);
	OK(CU(cuMemAllocPitch_v2)(&p, &pitch, 24, 10, 4)); /* LEAK:pitch */
	CHECK(p && pitch == 512);                          /* a block is as large as all its rows */
	OK(CU(cuMemAllocManaged)(&p, 500, CU_MEM_ATTACH_GLOBAL)); /* LEAK:managed */
	CHECK(p);
}

static NOINLINE void leak_scoped(void)
{
	CUdeviceptr p = 0;
	leakscope_scope_t work = leakscope_scope_open("work");
	OK(CU(cuMemAlloc_v2)(&p, 30)); /* LEAK:scoped */
	leakscope_scope_close(work);
}

static NOINLINE void clean(void)
{
	CUdeviceptr p = 0, q = 0;
	OK(CU(cuMemAlloc_v2)(&p, 5000));
	OK(CU(cuMemAllocManaged)(&q, 6000, CU_MEM_ATTACH_GLOBAL));
	OK(CU(cuMemFree_v2)(q));
	OK(CU(cuMemFree_v2)(p));
	OK(CU(cuMemFree_v2)(0));
}

static CUresult release(uint64_t p)
{
	return CU(cuMemFree_v2)(p);
}

/* The second release is the driver's to refuse, and takes nothing of the block made since. */
static NOINLINE void twice(void)
{
	CUdeviceptr p = 0, q = 0;
	OK(CU(cuMemAlloc_v2)(&p, 77));
	OK(release(p));
	CHECK(release(p) != CUDA_SUCCESS);
	OK(CU(cuMemAlloc_v2)(&q, 64)); /* LEAK:again */
	CHECK(release(q + 8) != CUDA_SUCCESS);
}

static NOINLINE void by_another(void)
{
	CUdeviceptr p = 0;
	OK(CU(cuMemAlloc_v2)(&p, 88));
	OK(elsewhere(release, p));
}

static NOINLINE void after_context(void)
{
	CUdeviceptr p = 0;
	CUcontext context = way_context(0);
	OK(CU(cuMemAlloc_v2)(&p, 700)); /* LEAK:gone */
	OK(CU(cuCtxDestroy_v2)(context));
	OK(CU(cuCtxSetCurrent)(way_first));
	CHECK(release(p) != CUDA_SUCCESS);
}

int main(void)
{
	leak(); /* AT:call */
	leak_scoped();
	clean();
	twice();
	by_another();
	after_context();
	return 0;
}
