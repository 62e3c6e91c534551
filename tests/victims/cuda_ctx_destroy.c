/* SPDX-License-Identifier: MIT */
/*
 * What a context takes with it is reclaimed and still a leak; physical, stream-ordered and
 * pool memory stays as it was.
 *
 * cuda: linked, replay
 * variants: gcc:-O0,clang:-O2
 * gate: fail
 * expect: leak alloc kind=device memory=device reclaimed=yes bytes=1000 blocks=1 top=cuMemAlloc frames=fill:alloc,main
 * expect: leak managed kind=device memory=managed reclaimed=yes bytes=2000 blocks=1 top=cuMemAllocManaged frames=fill:managed,main
 * expect: leak host kind=device memory=pinned reclaimed=yes bytes=3000 blocks=1 top=cuMemAllocHost frames=fill:host,main
 * expect: leak stream kind=device memory=handle reclaimed=yes bytes=0 blocks=1 top=cuStreamCreate frames=fill:stream,main
 * expect: leak event kind=device memory=handle reclaimed=yes bytes=0 blocks=1 top=cuEventCreate frames=fill:event,main
 * expect: leak async kind=device memory=pool reclaimed=no bytes=4000 blocks=1 top=cuMemAllocAsync frames=fill:async,main
 * expect: leak vmm kind=device memory=vmm reclaimed=no bytes=2097152 blocks=1 top=cuMemCreate frames=fill:vmm,main
 * expect: totals.device live_bytes=1000 allocations=2 frees=1
 */
#include "cuda_way.h"

static NOINLINE void fill(void)
{
	CUdeviceptr p = 0;
	void *host = NULL;
	CUstream stream = NULL;
	CUevent event = NULL;
	CUmemGenericAllocationHandle handle = 0;
	CUmemAllocationProp prop;

	OK(CU(cuMemAlloc_v2)(&p, 10));
	OK(CU(cuMemFree_v2)(p));
	OK(CU(cuMemAlloc_v2)(&p, 1000));                           /* LEAK:alloc */
	OK(CU(cuMemAllocManaged)(&p, 2000, CU_MEM_ATTACH_GLOBAL)); /* LEAK:managed */
	OK(CU(cuMemAllocHost_v2)(&host, 3000));                    /* LEAK:host */
	OK(CU(cuStreamCreate)(&stream, CU_STREAM_NON_BLOCKING));   /* LEAK:stream */
	OK(CU(cuEventCreate)(&event, 0));                          /* LEAK:event */
	OK(CU(cuMemAllocAsync)(&p, 4000, NULL));                   /* LEAK:async */
	memset(&prop, 0, sizeof(prop));
	prop.type = CU_MEM_ALLOCATION_TYPE_PINNED;
	prop.location.type = CU_MEM_LOCATION_TYPE_DEVICE;
	OK(CU(cuMemCreate)(&handle, (size_t)2 << 20, &prop, 0)); /* LEAK:vmm */
}

int main(void)
{
	CUcontext context = way_context(0);
	fill();
	NO_TAIL();
	OK(CU(cuCtxDestroy_v2)(context));
	return 0;
}
