/* SPDX-License-Identifier: MIT */
/*
 * The first variants of what has been replaced since, which every driver still exports:
 * each leaves one and releases another.
 *
 * cuda: all
 * variants: gcc:-O0
 * expect: leak alloc kind=device memory=device top=cuMemAlloc bytes=1000 blocks=1 frames=memory:alloc,main
 * expect: leak pitch kind=device memory=device top=cuMemAllocPitch bytes=5120 blocks=1 frames=memory:pitch,main
 * expect: leak host kind=device memory=pinned top=cuMemAllocHost bytes=500 blocks=1 frames=memory:host,main
 * expect: leak register kind=device memory=registered top=cuMemHostRegister bytes=4096 blocks=1 frames=memory:registered,main
 * expect: leak array kind=device memory=array top=cuArrayCreate bytes=400 blocks=1 frames=arrays:flat,main
 * expect: leak array3d kind=device memory=array top=cuArray(3D)?Create bytes=480 blocks=1 frames=arrays:deep,main
 * expect: leak context kind=device memory=handle top=cuCtxCreate bytes=0 blocks=1 frames=handles:context,main
 * expect: leak link kind=device memory=handle top=cuLinkCreate bytes=0 blocks=1 frames=handles:link,main
 * expect: leak exec kind=device memory=handle top=cuGraphInstantiate bytes=0 blocks=1 frames=handles:exec,main
 * expect: totals.device allocations=3 frees=1 live_bytes=6120 live_blocks=2
 * expect: totals.pinned allocations=1 frees=0 live_bytes=500
 * expect: totals.array allocations=2 frees=0 live_bytes=880
 */
#include "cuda_way.h"

static char block[8192] __attribute__((aligned(4096)));

static NOINLINE void memory(void)
{
	CUdeviceptr_v1 p = 0;
	unsigned pitch = 0;
	void *host = NULL;
	OK(CU(cuMemAlloc)(&p, 77));
	OK(CU(cuMemFree)(p));
	OK(CU(cuMemAlloc)(&p, 1000)); /* LEAK:alloc */
	CHECK(p);
	OK(CU(cuMemAllocPitch)(&p, &pitch, 24, 10, 4)); /* LEAK:pitch */
	CHECK(p && pitch == 512);
	OK(CU(cuMemAllocHost)(&host, 500));        /* LEAK:host */
	OK(CU(cuMemHostRegister)(block, 4096, 0)); /* LEAK:registered */
}

static NOINLINE void arrays(void)
{
	CUarray array = NULL;
	CUDA_ARRAY_DESCRIPTOR_v1 d;
	CUDA_ARRAY3D_DESCRIPTOR_v1 deep;
	memset(&d, 0, sizeof(d));
	d.Width = 10;
	d.Height = 10;
	d.Format = CU_AD_FORMAT_FLOAT;
	d.NumChannels = 1;
	OK(CU(cuArrayCreate)(&array, &d)); /* LEAK:flat */
	memset(&deep, 0, sizeof(deep));
	deep.Width = 10;
	deep.Height = 8;
	deep.Depth = 3;
	deep.Format = CU_AD_FORMAT_UNSIGNED_INT8;
	deep.NumChannels = 2;
	OK(CU(cuArray3DCreate)(&array, &deep)); /* LEAK:deep */
}

static NOINLINE void handles(void)
{
	CUcontext context = NULL, primary = NULL;
	CUstream stream = NULL;
	CUevent event = NULL;
	CUlinkState link = NULL;
	CUgraph graph = NULL;
	CUgraphExec exec = NULL;

	OK(CU(cuCtxCreate)(&context, 0, 0)); /* LEAK:context */
	OK(CU(cuCtxSetCurrent)(way_first));
	OK(CU(cuDevicePrimaryCtxRetain)(&primary, 0));
	OK(CU(cuDevicePrimaryCtxRelease)(0));
	OK(CU(cuStreamCreate)(&stream, 0));
	OK(CU(cuStreamDestroy)(stream));
	OK(CU(cuEventCreate)(&event, 0));
	OK(CU(cuEventDestroy)(event));
	OK(CU(cuLinkCreate)(0, NULL, NULL, &link)); /* LEAK:link */
	OK(CU(cuGraphCreate)(&graph, 0));
	OK(CU(cuGraphInstantiate)(&exec, graph, NULL, NULL, 0)); /* LEAK:exec */
	OK(CU(cuGraphDestroy)(graph));
}

int main(void)
{
	memory();
	arrays();
	handles();
	return 0;
}
