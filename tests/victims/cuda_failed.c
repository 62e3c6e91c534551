/* SPDX-License-Identifier: MIT */
/*
 * Calls that fail leave nothing behind, and a release that fails takes nothing away: each
 * function fails at its first call and works at the second.
 *
 * cuda: linked, dlsym, procaddress, replay
 * variants: gcc:-O0
 * env: SIMCUDA_FAIL=cuMemAlloc:1:2,cuMemAllocPitch:1:2,cuMemAllocManaged:1:2,cuMemAllocAsync:1:2,cuMemAllocHost:1:2,cuMemHostAlloc:1:2,cuMemHostRegister:1:2,cuMemCreate:1:2,cuMemAddressReserve:1:2,cuArrayCreate:1:2,cuStreamCreate:1:2,cuEventCreate:1:2,cuGraphCreate:1:2,cuModuleLoadData:1:2,cuMemFree:1:999,cuMemFreeHost:1:999,cuMemFreeAsync:1:999,cuMemRelease:1:999,cuStreamDestroy:1:999,cuCtxDestroy:1:999
 * expect: leak kept kind=device memory=device bytes=100 blocks=1 top=cuMemAlloc frames=releases:kept,main
 * expect: totals.device live_bytes=100 live_blocks=1 allocations=1 frees=0
 * expect: totals.pool live_bytes=0 allocations=1 frees=1
 * expect: totals.pinned live_bytes=0 allocations=1 frees=1
 * expect: totals.managed live_bytes=0 live_blocks=0
 * expect: totals.registered live_blocks=0
 * expect: totals.vmm live_bytes=0 allocations=1 frees=1
 * expect: totals.array live_blocks=0
 */
#include "cuda_way.h"

#define FAILS(call) CHECK((call) == CUDA_ERROR_OUT_OF_MEMORY)
#define STAYS(call) CHECK((call) == CUDA_ERROR_UNKNOWN)
static char block[4096] __attribute__((aligned(4096)));
static CUmemAllocationProp prop;

static NOINLINE void creations(void)
{
	CUdeviceptr p = 0;
	size_t pitch = 0;
	void *host = NULL;
	CUmemGenericAllocationHandle handle = 0;
	CUarray array = NULL;
	CUstream stream = NULL;
	CUevent event = NULL;
	CUgraph graph = NULL;
	CUmodule module = NULL;
	CUDA_ARRAY_DESCRIPTOR d;

	memset(&d, 0, sizeof(d));
	d.Width = 4;
	d.Format = CU_AD_FORMAT_FLOAT;
	d.NumChannels = 1;
	FAILS(CU(cuMemAlloc_v2)(&p, 1000));
	FAILS(CU(cuMemAllocPitch_v2)(&p, &pitch, 24, 10, 4));
	FAILS(CU(cuMemAllocManaged)(&p, 1000, CU_MEM_ATTACH_GLOBAL));
	FAILS(CU(cuMemAllocAsync)(&p, 1000, NULL));
	FAILS(CU(cuMemAllocHost_v2)(&host, 1000));
	FAILS(CU(cuMemHostAlloc)(&host, 1000, 0));
	FAILS(CU(cuMemHostRegister_v2)(block, 4096, 0));
	FAILS(CU(cuMemCreate)(&handle, (size_t)2 << 20, &prop, 0));
	FAILS(CU(cuMemAddressReserve)(&p, (size_t)2 << 20, 0, 0, 0));
	FAILS(CU(cuArrayCreate_v2)(&array, &d));
	FAILS(CU(cuStreamCreate)(&stream, 0));
	FAILS(CU(cuEventCreate)(&event, 0));
	FAILS(CU(cuGraphCreate)(&graph, 0));
	FAILS(CU(cuModuleLoadData)(&module, ".version 7.0\n"));
}

/* All but the first are tried again. */
static NOINLINE void releases(void)
{
	CUdeviceptr p = 0, q = 0;
	void *host = NULL;
	CUmemGenericAllocationHandle handle = 0;
	CUstream stream = NULL;

	OK(CU(cuMemAlloc_v2)(&p, 100)); /* LEAK:kept */
	STAYS(CU(cuMemFree_v2)(p));
	OK(CU(cuMemAllocAsync)(&q, 200, NULL));
	STAYS(CU(cuMemFreeAsync)(q, NULL));
	OK(CU(cuMemFreeAsync)(q, NULL));
	OK(CU(cuMemAllocHost_v2)(&host, 300));
	STAYS(CU(cuMemFreeHost)(host));
	OK(CU(cuMemFreeHost)(host));
	OK(CU(cuMemCreate)(&handle, (size_t)2 << 20, &prop, 0));
	STAYS(CU(cuMemRelease)(handle));
	OK(CU(cuMemRelease)(handle));
	OK(CU(cuStreamCreate)(&stream, 0));
	STAYS(CU(cuStreamDestroy_v2)(stream));
	OK(CU(cuStreamDestroy_v2)(stream));
}

int main(void)
{
	CUcontext context = way_context(0);
	prop.type = CU_MEM_ALLOCATION_TYPE_PINNED;
	prop.location.type = CU_MEM_LOCATION_TYPE_DEVICE;
	creations();
	/* The context is not gone, and its memory not reclaimed. */
	STAYS(CU(cuCtxDestroy_v2)(context));
	OK(CU(cuCtxDestroy_v2)(context));
	OK(CU(cuCtxSetCurrent)(way_first));
	releases();
	return 0;
}
