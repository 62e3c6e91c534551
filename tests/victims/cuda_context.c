/* SPDX-License-Identifier: MIT */
/*
 * Contexts: those of cuCtxCreate in each of its variants, green ones, and references to
 * the primary one.
 *
 * cuda: all
 * variants: gcc:-O0
 * env: SIMCUDA_DEVICES=2
 * expect: leak v2 kind=device memory=handle top=cuCtxCreate bytes=0 blocks=1 frames=leak:v2,main
 * expect: leak v3 kind=device memory=handle top=cuCtxCreate bytes=0 blocks=1 frames=leak:v3,main
 * expect: leak v4 kind=device memory=handle top=cuCtxCreate bytes=0 blocks=1 frames=leak:v4,main
 * expect: leak green kind=device memory=handle top=cuGreenCtxCreate bytes=0 blocks=1 frames=green:green,leak:leak_green,main
 * expect: leak stream kind=device memory=handle top=cuStreamCreate bytes=0 blocks=1 frames=leak:green_stream,main
 * expect: leak scoped kind=device memory=handle top=cuCtxCreate bytes=0 blocks=1 scope=/work frames=leak_scoped:scoped,main
 * expect: leak primary kind=device memory=handle top=cuDevicePrimaryCtxRetain bytes=0 blocks=1 frames=retain:retained,leak:leak_primary,main
 */
#include "cuda_way.h"
#include <leakscope/leakscope.h>

static CUdevice device, other = 1; /* nobody else retains the other's */

static NOINLINE CUcontext retain(void)
{
	CUcontext context = NULL;
	OK(CU(cuDevicePrimaryCtxRetain)(&context, other)); /* LEAK:retained */
	CHECK(context);
	return context;
}

static NOINLINE CUgreenCtx green(void)
{
	CUdevResource resource;
	CUdevResourceDesc description = NULL;
	CUgreenCtx context = NULL;
	memset(&resource, 0, sizeof(resource));
	OK(CU(cuDeviceGetDevResource)(device, &resource, CU_DEV_RESOURCE_TYPE_SM));
	OK(CU(cuDevResourceGenerateDesc)(&description, &resource, 1));
	unsigned flags = CU_GREEN_CTX_DEFAULT_STREAM;
	OK(CU(cuGreenCtxCreate)(&context, description, device, flags)); /* LEAK:green */
	CHECK(context);
	return context;
}

static NOINLINE void leak(void)
{
	CUcontext context = NULL;
	OK(CU(cuCtxCreate_v2)(&context, 0, device));          /* LEAK:v2 */
	OK(CU(cuCtxCreate_v3)(&context, NULL, 0, 0, device)); /* LEAK:v3 */
	OK(CU(cuCtxCreate_v4)(&context, NULL, 0, device));    /* LEAK:v4 */
	/* Three references, two releases. */
	retain(); /* AT:leak_primary */
	retain();
	retain();
	OK(CU(cuDevicePrimaryCtxRelease_v2)(other));
	OK(CU(cuDevicePrimaryCtxRelease)(other));
	CUgreenCtx made = green(); /* AT:leak_green */
	CUstream stream = NULL;
	unsigned f = CU_STREAM_NON_BLOCKING;
	OK(CU(cuGreenCtxStreamCreate)(&stream, made, f, 0)); /* LEAK:green_stream */
}

static NOINLINE void leak_scoped(void)
{
	CUcontext context = NULL;
	leakscope_scope_t work = leakscope_scope_open("work");
	OK(CU(cuCtxCreate_v4)(&context, NULL, 0, device)); /* LEAK:scoped */
	leakscope_scope_close(work);
}

static CUresult release(uint64_t context)
{
	return CU(cuCtxDestroy_v2)((CUcontext)(uintptr_t)context);
}

static NOINLINE void clean(void)
{
	CUcontext context = NULL;
	OK(CU(cuCtxCreate_v2)(&context, 0, device));
	OK(CU(cuCtxDestroy)(context));
	OK(CU(cuGreenCtxDestroy)(green()));
}

static NOINLINE void twice(void)
{
	CUcontext context = way_context(0);
	OK(release((uintptr_t)context));
	CHECK(release((uintptr_t)context) != CUDA_SUCCESS);
}

static NOINLINE void by_another(void)
{
	CUcontext context = way_context(0);
	OK(CU(cuCtxSetCurrent)(way_first));
	OK(elsewhere(release, (uintptr_t)context));
}

int main(void)
{
	OK(CU(cuDeviceGet)(&device, 0));
	leak();
	leak_scoped();
	clean();
	twice();
	by_another();
	return 0;
}
