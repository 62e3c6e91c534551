/* SPDX-License-Identifier: MIT */
/*
 * Texture and surface objects.
 *
 * cuda: all
 * variants: gcc:-O0
 * expect: leak texture kind=device memory=handle top=cuTexObjectCreate bytes=0 blocks=1 frames=texture:texture,leak:leak_texture,main
 * expect: leak surface kind=device memory=handle top=cuSurfObjectCreate bytes=0 blocks=1 frames=surface:surface,leak:leak_surface,main
 * expect: leak scoped kind=device memory=handle top=cuTexObjectCreate bytes=0 blocks=1 scope=/work frames=texture:texture,leak_scoped,main
 * expect: leak gone kind=device memory=handle reclaimed=yes top=cuTexObjectCreate bytes=0 blocks=1 frames=texture:texture,after_context:leak_gone,main
 * expect: leak gone_array kind=device memory=array reclaimed=yes top=cuArray(3D)?Create bytes=64 blocks=1 frames=make_array:array,after_context:gone_array,main
 */
#include "cuda_way.h"
#include <leakscope/leakscope.h>

static CUarray array;

static NOINLINE CUarray make_array(void)
{
	CUarray made = NULL;
	CUDA_ARRAY3D_DESCRIPTOR d;
	memset(&d, 0, sizeof(d));
	d.Width = 8;
	d.Height = 8;
	d.Format = CU_AD_FORMAT_UNSIGNED_INT8;
	d.NumChannels = 1;
	d.Flags = 2;                           /* for surfaces */
	OK(CU(cuArray3DCreate_v2)(&made, &d)); /* LEAK:array */
	return made;
}

static CUDA_RESOURCE_DESC resource(void)
{
	CUDA_RESOURCE_DESC d;
	memset(&d, 0, sizeof(d));
	d.resType = CU_RESOURCE_TYPE_ARRAY;
	d.res.array.hArray = array;
	return d;
}

static NOINLINE CUtexObject texture(void)
{
	CUtexObject made = 0;
	CUDA_RESOURCE_DESC d = resource();
	CUDA_TEXTURE_DESC t;
	memset(&t, 0, sizeof(t));
	OK(CU(cuTexObjectCreate)(&made, &d, &t, NULL)); /* LEAK:texture */
	CHECK(made);
	return made;
}

static NOINLINE CUsurfObject surface(void)
{
	CUsurfObject made = 0;
	CUDA_RESOURCE_DESC d = resource();
	OK(CU(cuSurfObjectCreate)(&made, &d)); /* LEAK:surface */
	CHECK(made);
	return made;
}

static NOINLINE void leak(void)
{
	texture(); /* AT:leak_texture */
	surface(); /* AT:leak_surface */
}

static NOINLINE void leak_scoped(void)
{
	leakscope_scope_t work = leakscope_scope_open("work");
	texture();
	leakscope_scope_close(work);
}

static CUresult release(uint64_t made)
{
	return CU(cuTexObjectDestroy)(made);
}

static CUresult release_surface(uint64_t made)
{
	return CU(cuSurfObjectDestroy)(made);
}

static NOINLINE void clean(void)
{
	OK(release(texture()));
	OK(release_surface(surface()));
}

static NOINLINE void twice(void)
{
	CUtexObject made = texture();
	OK(release(made));
	CHECK(release(made) != CUDA_SUCCESS);
}

static NOINLINE void by_another(void)
{
	OK(elsewhere(release, texture()));
	OK(elsewhere(release_surface, surface()));
}

static NOINLINE void after_context(void)
{
	CUarray outer = array;
	CUcontext context = way_context(0);
	array = make_array();         /* AT:gone_array */
	CUtexObject made = texture(); /* AT:leak_gone */
	array = outer;
	OK(CU(cuCtxDestroy_v2)(context));
	OK(CU(cuCtxSetCurrent)(way_first));
	CHECK(release(made) != CUDA_SUCCESS);
}

int main(void)
{
	array = make_array();
	leak();
	leak_scoped();
	clean();
	twice();
	by_another();
	after_context();
	OK(CU(cuArrayDestroy)(array));
	return 0;
}
