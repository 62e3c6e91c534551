/* SPDX-License-Identifier: MIT */
/*
 * cuDevicePrimaryCtxReset takes what is in the primary context; other contexts and other
 * devices keep theirs. The second reset, of an empty context, takes nothing.
 *
 * cuda: linked, dlsym, replay
 * variants: gcc:-O0
 * env: SIMCUDA_DEVICES=2
 * expect: leak gone kind=device memory=device reclaimed=yes bytes=1000 blocks=1 top=cuMemAlloc frames=in_primary:gone,main:first
 * expect: leak kept kind=device memory=device reclaimed=no bytes=1000 blocks=1 top=cuMemAlloc frames=in_primary:gone,main:second
 * expect: leak own kind=device memory=device reclaimed=no bytes=3000 blocks=1 top=cuMemAlloc frames=main:own
 * expect: leak retained kind=device memory=handle top=cuDevicePrimaryCtxRetain bytes=0 blocks=any frames=in_primary:retain,main entries=any
 */
#include "cuda_way.h"

static NOINLINE void in_primary(CUdevice device)
{
	CUcontext context = NULL;
	CUdeviceptr p = 0;
	OK(CU(cuDevicePrimaryCtxRetain)(&context, device)); /* LEAK:retain */
	OK(CU(cuCtxSetCurrent)(context));
	OK(CU(cuMemAlloc_v2)(&p, 1000)); /* LEAK:gone */
	NO_TAIL();
}

int main(void)
{
	CUdeviceptr p = 0;
	OK(CU(cuMemAlloc_v2)(&p, 3000)); /* LEAK:own */
	in_primary(0);                   /* AT:first */
	in_primary(1);                   /* AT:second */
	OK(CU(cuDevicePrimaryCtxReset_v2)(0));
	OK(CU(cuDevicePrimaryCtxReset)(0));
	OK(CU(cuCtxSetCurrent)(way_first));
	return 0;
}
