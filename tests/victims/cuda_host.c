/* SPDX-License-Identifier: MIT */
/*
 * cuMemAllocHost and cuMemHostAlloc, released by cuMemFreeHost.
 *
 * cuda: all
 * variants: gcc:-O0
 * expect: leak plain kind=device memory=pinned top=cuMemAllocHost bytes=1000 blocks=1 frames=leak:plain,main:call
 * expect: leak flags kind=device memory=pinned top=cuMemHostAlloc bytes=240 blocks=1 frames=leak:flags,main:call
 * expect: leak scoped kind=device memory=pinned top=cuMemHostAlloc bytes=30 blocks=1 scope=/work frames=leak_scoped:scoped,main
 * expect: leak gone kind=device memory=pinned reclaimed=yes top=cuMemAllocHost bytes=700 blocks=1 frames=after_context:gone,main
 * expect: totals.pinned allocations=7 frees=3 live_bytes=1970 live_blocks=4
 */
#include "cuda_way.h"
#include <leakscope/leakscope.h>

static NOINLINE void leak(void)
{
	void *p = NULL;
	OK(CU(cuMemAllocHost_v2)(&p, 1000)); /* LEAK:plain */
	memset(p, 1, 1000);
	OK(CU(cuMemHostAlloc)(&p, 240, CU_MEMHOSTALLOC_PORTABLE)); /* LEAK:flags */
	memset(p, 1, 240);
}

static NOINLINE void leak_scoped(void)
{
	void *p = NULL;
	leakscope_scope_t work = leakscope_scope_open("work");
	OK(CU(cuMemHostAlloc)(&p, 30, 0)); /* LEAK:scoped */
	leakscope_scope_close(work);
}

static CUresult release(uint64_t p)
{
	return CU(cuMemFreeHost)((void *)(uintptr_t)p);
}

static NOINLINE void clean(void)
{
	void *p = NULL;
	OK(CU(cuMemAllocHost_v2)(&p, 5000));
	OK(release((uintptr_t)p));
}

static NOINLINE void twice(void)
{
	void *p = NULL;
	OK(CU(cuMemHostAlloc)(&p, 77, 0));
	OK(release((uintptr_t)p));
	CHECK(release((uintptr_t)p) != CUDA_SUCCESS);
}

static NOINLINE void by_another(void)
{
	void *p = NULL;
	OK(CU(cuMemAllocHost_v2)(&p, 88));
	OK(elsewhere(release, (uintptr_t)p));
}

static NOINLINE void after_context(void)
{
	void *p = NULL;
	CUcontext context = way_context(0);
	OK(CU(cuMemAllocHost_v2)(&p, 700)); /* LEAK:gone */
	OK(CU(cuCtxDestroy_v2)(context));
	OK(CU(cuCtxSetCurrent)(way_first));
	CHECK(release((uintptr_t)p) != CUDA_SUCCESS);
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
