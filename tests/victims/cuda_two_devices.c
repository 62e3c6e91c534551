/* SPDX-License-Identifier: MIT */
/*
 * Memory is its device's: by the current context, or by the properties it was asked for
 * with where there is no current context.
 *
 * cuda: all
 * variants: gcc:-O0
 * env: SIMCUDA_DEVICES=3
 * env: SIMCUDA_BYTES=1G
 * expect: leak first kind=device memory=device devices=0 bytes=1000 blocks=1 top=cuMemAlloc frames=alloc:alloc,main:first
 * expect: leak second kind=device memory=device devices=1 bytes=2000 blocks=1 top=cuMemAlloc frames=alloc:alloc,main:second
 * expect: leak physical kind=device memory=vmm devices=2 bytes=2097152 blocks=1 top=cuMemCreate frames=physical:physical,main
 * expect: leak context kind=device memory=handle devices=1 bytes=0 blocks=1 top=cuCtxCreate frames=main:context
 * expect: device 0 live_bytes=1000 peak_bytes=1000 total_bytes=1073741824 mig=no name~. uuid~^GPU-
 * expect: device 1 live_bytes=2000 peak_bytes=7000 total_bytes=1073741824 mig=no uuid~^GPU-
 * expect: device 2 live_bytes=2097152 peak_bytes=2097152
 * expect: totals.device live_bytes=3000 peak_bytes=8000
 */
#include "cuda_way.h"

static NOINLINE CUdeviceptr alloc(size_t bytes)
{
	CUdeviceptr p = 0;
	OK(CU(cuMemAlloc_v2)(&p, bytes)); /* LEAK:alloc */
	return p;
}

static NOINLINE void physical(void)
{
	CUmemGenericAllocationHandle handle = 0;
	CUmemAllocationProp prop;
	memset(&prop, 0, sizeof(prop));
	prop.type = CU_MEM_ALLOCATION_TYPE_PINNED;
	prop.location.type = CU_MEM_LOCATION_TYPE_DEVICE;
	prop.location.id = 2;
	OK(CU(cuCtxSetCurrent)(NULL));
	OK(CU(cuMemCreate)(&handle, (size_t)2 << 20, &prop, 0)); /* LEAK:physical */
}

int main(void)
{
	alloc(1000); /* AT:first */
	CUcontext second = NULL;
	OK(CU(cuCtxCreate_v4)(&second, NULL, 0, 1)); /* LEAK:context */
	alloc(2000);                                 /* AT:second */
	OK(CU(cuMemFree_v2)(alloc(5000)));
	physical();
	return 0;
}
