/* SPDX-License-Identifier: MIT */
/*
 * cuArrayCreate, cuArray3DCreate and cuMipmappedArrayCreate; their bytes are those of
 * their elements.
 *
 * cuda: all
 * variants: gcc:-O0
 * expect: leak flat kind=device memory=array top=cuArrayCreate bytes=3200 blocks=1 frames=flat:created,leak:leak_flat,main:call
 * expect: leak deep kind=device memory=array top=cuArray(3D)?Create bytes=3840 blocks=1 frames=leak:deep,main:call
 * expect: leak mips kind=device memory=array top=cuMipmappedArrayCreate bytes=any blocks=1 frames=leak:mips,main:call
 * expect: leak scoped kind=device memory=array top=cuArrayCreate bytes=32 blocks=1 scope=/work frames=flat:created,leak_scoped:leak_scope,main
 * expect: leak gone kind=device memory=array reclaimed=yes top=cuArrayCreate bytes=1600 blocks=1 frames=flat:created,after_context:leak_gone,main
 * expect: totals.array allocations=9 frees=4 live_blocks=5
 */
#include "cuda_way.h"
#include <leakscope/leakscope.h>

/* WIDTH times 8 elements of 4 bytes. */
static NOINLINE CUarray flat(size_t width)
{
	CUarray array = NULL;
	CUDA_ARRAY_DESCRIPTOR d;
	memset(&d, 0, sizeof(d));
	d.Width = width;
	d.Height = width > 1 ? 8 : 0;
	d.Format = CU_AD_FORMAT_FLOAT;
	d.NumChannels = 1;
	if (width == 1) /* one-dimensional */
		d.Width = 8;
	OK(CU(cuArrayCreate_v2)(&array, &d)); /* LEAK:created */
	CHECK(array);
	return array;
}

static CUDA_ARRAY3D_DESCRIPTOR box(void)
{
	CUDA_ARRAY3D_DESCRIPTOR d;
	memset(&d, 0, sizeof(d));
	d.Width = 10;
	d.Height = 8;
	d.Depth = 6;
	d.Format = CU_AD_FORMAT_HALF;
	d.NumChannels = 4;
	return d;
}

static NOINLINE void leak(void)
{
	CUarray array = NULL;
	CUmipmappedArray mips = NULL;
	CUDA_ARRAY3D_DESCRIPTOR d = box();
	flat(100);                                    /* AT:leak_flat */
	OK(CU(cuArray3DCreate_v2)(&array, &d));       /* LEAK:deep */
	OK(CU(cuMipmappedArrayCreate)(&mips, &d, 3)); /* LEAK:mips */
}

static NOINLINE void leak_scoped(void)
{
	leakscope_scope_t work = leakscope_scope_open("work");
	flat(1); /* AT:leak_scope */
	leakscope_scope_close(work);
}

static CUresult release(uint64_t array)
{
	return CU(cuArrayDestroy)((CUarray)(uintptr_t)array);
}

static NOINLINE void clean(void)
{
	CUmipmappedArray mips = NULL;
	CUDA_ARRAY3D_DESCRIPTOR d = box();
	OK(release((uintptr_t)flat(20)));
	OK(CU(cuMipmappedArrayCreate)(&mips, &d, 3));
	OK(CU(cuMipmappedArrayDestroy)(mips));
}

static NOINLINE void twice(void)
{
	CUarray array = flat(30);
	OK(release((uintptr_t)array));
	CHECK(release((uintptr_t)array) != CUDA_SUCCESS);
}

static NOINLINE void by_another(void)
{
	OK(elsewhere(release, (uintptr_t)flat(40)));
}

static NOINLINE void after_context(void)
{
	CUcontext context = way_context(0);
	CUarray array = flat(50); /* AT:leak_gone */
	OK(CU(cuCtxDestroy_v2)(context));
	OK(CU(cuCtxSetCurrent)(way_first));
	CHECK(release((uintptr_t)array) != CUDA_SUCCESS);
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
