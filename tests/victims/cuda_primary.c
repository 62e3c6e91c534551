/* SPDX-License-Identifier: MIT */
/*
 * The primary context goes with its last reference, and takes its memory along then, not
 * before.
 *
 * cuda: linked, dlsym, procaddress1, replay
 * variants: gcc:-O0
 * env: SIMCUDA_DEVICES=2
 * expect: leak last kind=device memory=device reclaimed=yes bytes=1000 blocks=1 top=cuMemAlloc frames=alloc:alloc,main:last
 * expect: leak held kind=device memory=device reclaimed=no bytes=1000 blocks=1 top=cuMemAlloc frames=alloc:alloc,main:held
 * expect: leak retained kind=device memory=handle bytes=0 blocks=1 top=cuDevicePrimaryCtxRetain frames=retain:retain,main:second
 */
#include "cuda_way.h"

static NOINLINE CUcontext retain(CUdevice device)
{
	CUcontext context = NULL;
	OK(CU(cuDevicePrimaryCtxRetain)(&context, device)); /* LEAK:retain */
	return context;
}

static NOINLINE void alloc(CUcontext context)
{
	CUdeviceptr p = 0;
	OK(CU(cuCtxSetCurrent)(context));
	OK(CU(cuMemAlloc_v2)(&p, 1000)); /* LEAK:alloc */
	NO_TAIL();
}

int main(void)
{
	CUcontext context = retain(0);
	CHECK(retain(0) == context);
	alloc(context); /* AT:last */
	OK(CU(cuDevicePrimaryCtxRelease_v2)(0));
	OK(CU(cuDevicePrimaryCtxRelease_v2)(0));
	CHECK(CU(cuDevicePrimaryCtxRelease_v2)(0) != CUDA_SUCCESS);
	context = retain(1); /* AT:second */
	CHECK(retain(1) == context);
	alloc(context); /* AT:held */
	OK(CU(cuDevicePrimaryCtxRelease_v2)(1));
	OK(CU(cuCtxSetCurrent)(way_first));
	return 0;
}
