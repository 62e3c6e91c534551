/* SPDX-License-Identifier: MIT */
/*
 * Memory of pools: cuMemPoolCreate, cuMemAllocFromPoolAsync, cuMemPoolImportFromShareableHandle
 * and cuMemPoolImportPointer. A pool that is destroyed before its memory goes when the last
 * of it is released; its memory is live till then.
 *
 * cuda: all
 * variants: gcc:-O0
 * expect: leak pool kind=device memory=handle top=cuMemPoolCreate bytes=0 blocks=1 frames=pool:made,leak:leak_pool,main:call
 * expect: leak block kind=device memory=pool top=cuMemAllocFromPoolAsync bytes=1000 blocks=1 frames=leak:block,main:call
 * expect: leak ptsz kind=device memory=pool top=cuMemAllocFromPoolAsync bytes=2000 blocks=1 frames=leak:ptsz,main:call
 * expect: leak scoped kind=device memory=pool top=cuMemAllocFromPoolAsync bytes=30 blocks=1 scope=/work frames=leak_scoped:scoped,main
 * expect: leak orphan kind=device memory=pool top=cuMemAllocFromPoolAsync bytes=600 blocks=1 frames=late:late_left,main
 * expect: leak imported kind=device memory=pool top=cuMemPoolImportPointer bytes=any blocks=1 frames=leak_imported:pointer,main
 * expect: leak import kind=device memory=handle top=cuMemPool(Create|ImportFromShareableHandle) bytes=0 blocks=1 frames=leak_imported:pool_import,main
 * expect: leak stays kind=device memory=pool reclaimed=no top=cuMemAllocFromPoolAsync bytes=700 blocks=1 frames=after_context:stays,main
 */
#include "cuda_way.h"
#include <leakscope/leakscope.h>

#define FD CU_MEM_HANDLE_TYPE_POSIX_FILE_DESCRIPTOR

static CUstream stream;
static CUmemoryPool first;

static NOINLINE CUmemoryPool pool(void)
{
	CUmemoryPool made = NULL;
	CUmemPoolProps props;
	memset(&props, 0, sizeof(props));
	props.allocType = CU_MEM_ALLOCATION_TYPE_PINNED;
	props.handleTypes = CU_MEM_HANDLE_TYPE_POSIX_FILE_DESCRIPTOR;
	props.location.type = CU_MEM_LOCATION_TYPE_DEVICE;
	props.location.id = 0;
	OK(CU(cuMemPoolCreate)(&made, &props)); /* LEAK:made */
	CHECK(made);
	return made;
}

static NOINLINE void leak(void)
{
	CUdeviceptr p = 0;
	first = pool();                                              /* AT:leak_pool */
	OK(CU(cuMemAllocFromPoolAsync)(&p, 1000, first, stream));    /* LEAK:block */
	OK(CU(cuMemAllocFromPoolAsync_ptsz)(&p, 2000, first, NULL)); /* LEAK:ptsz */
}

static NOINLINE void leak_scoped(void)
{
	CUdeviceptr p = 0;
	leakscope_scope_t work = leakscope_scope_open("work");
	OK(CU(cuMemAllocFromPoolAsync)(&p, 30, first, stream)); /* LEAK:scoped */
	leakscope_scope_close(work);
}

static CUresult release(uint64_t p)
{
	return CU(cuMemFreeAsync)(p, stream);
}

/* Pools that are destroyed while some of their memory is live. */
static NOINLINE void late(void)
{
	CUdeviceptr p = 0;
	CUmemoryPool mine = pool();
	OK(CU(cuMemAllocFromPoolAsync)(&p, 500, mine, stream));
	OK(CU(cuMemPoolDestroy)(mine));
	OK(release(p));
	mine = pool();
	OK(CU(cuMemAllocFromPoolAsync)(&p, 600, mine, stream)); /* LEAK:late_left */
	OK(CU(cuMemPoolDestroy)(mine));
}

static NOINLINE void leak_imported(void)
{
	CUdeviceptr p = 0, q = 0;
	CUmemoryPool mine = pool(), theirs = NULL;
	CUmemPoolPtrExportData data;
	int fd = -1;
	OK(CU(cuMemPoolExportToShareableHandle)(&fd, mine, FD, 0));
	void *handle = (void *)(uintptr_t)fd;
	OK(CU(cuMemPoolImportFromShareableHandle)(&theirs, handle, FD, 0)); /* LEAK:pool_import */
	OK(CU(cuMemAllocFromPoolAsync)(&p, 300, mine, stream));
	OK(CU(cuStreamSynchronize)(stream));
	OK(CU(cuMemPoolExportPointer)(&data, p));
	OK(CU(cuMemPoolImportPointer)(&q, theirs, &data));
	OK(CU(cuMemFreeAsync)(q, stream));
	OK(CU(cuMemPoolImportPointer)(&q, theirs, &data)); /* LEAK:pointer */
	OK(CU(cuMemFreeAsync)(p, stream));
	OK(CU(cuMemPoolDestroy)(mine));
}

static NOINLINE void twice(void)
{
	CUdeviceptr p = 0;
	OK(CU(cuMemAllocFromPoolAsync)(&p, 77, first, stream));
	OK(release(p));
	OK(CU(cuStreamSynchronize)(stream));
	CHECK(release(p) != CUDA_SUCCESS);
}

static NOINLINE void by_another(void)
{
	CUdeviceptr p = 0;
	OK(CU(cuMemAllocFromPoolAsync)(&p, 88, first, stream));
	OK(elsewhere(release, p));
}

static NOINLINE void after_context(void)
{
	CUdeviceptr p = 0, q = 0;
	CUcontext context = way_context(0);
	OK(CU(cuMemAllocFromPoolAsync)(&p, 700, first, NULL)); /* LEAK:stays */
	OK(CU(cuMemAllocFromPoolAsync)(&q, 800, first, NULL));
	OK(CU(cuCtxDestroy_v2)(context));
	OK(CU(cuCtxSetCurrent)(way_first));
	OK(release(q));
}

int main(void)
{
	OK(CU(cuStreamCreate)(&stream, CU_STREAM_NON_BLOCKING));
	leak(); /* AT:call */
	leak_scoped();
	late();
	leak_imported();
	twice();
	by_another();
	after_context();
	OK(CU(cuStreamSynchronize)(stream));
	OK(CU(cuStreamDestroy_v2)(stream));
	return 0;
}
