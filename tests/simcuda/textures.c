/* SPDX-License-Identifier: MIT */
/* Texture and surface objects: handles with what they were made of. */
#include "sim.h"

/* Their handles are numbers: the address of the object. */
static struct sim_object *object_of(unsigned long long handle, enum sim_kind kind)
{
	return sim_find((const void *)handle, kind);
}

static CUresult resource_lives(const CUDA_RESOURCE_DESC *d)
{
	switch (d->resType) {
	case CU_RESOURCE_TYPE_ARRAY:
		return sim_find(d->res.array.hArray, SIM_ARRAY) ? CUDA_SUCCESS
								: CUDA_ERROR_INVALID_HANDLE;
	case CU_RESOURCE_TYPE_MIPMAPPED_ARRAY:
		return sim_find(d->res.mipmap.hMipmappedArray, SIM_MIPMAP)
			       ? CUDA_SUCCESS
			       : CUDA_ERROR_INVALID_HANDLE;
	case CU_RESOURCE_TYPE_LINEAR:
	case CU_RESOURCE_TYPE_PITCH2D:
		return sim_block_at(d->res.linear.devPtr) ? CUDA_SUCCESS : sim_unknown();
	default: return CUDA_ERROR_INVALID_VALUE;
	}
}

static CUresult create(unsigned long long *handle, enum sim_kind kind,
		       const CUDA_RESOURCE_DESC *resource, const CUDA_TEXTURE_DESC *texture,
		       const CUDA_RESOURCE_VIEW_DESC *view)
{
	if (!handle || !resource)
		return CUDA_ERROR_INVALID_VALUE;
	SIM_LOCKED;
	CUresult r;
	const struct sim_object *context = sim_current(&r);
	if (!context)
		return r;
	r = resource_lives(resource);
	if (r)
		return r;
	struct sim_object *o = sim_new(kind, context);
	if (!o)
		return CUDA_ERROR_OUT_OF_MEMORY;
	o->texture.resource = sim_copy(resource, sizeof *resource);
	o->texture.texture = sim_copy(texture, sizeof *texture);
	o->texture.view = sim_copy(view, sizeof *view);
	sim_count_new(o);
	*handle = (uintptr_t)o;
	return CUDA_SUCCESS;
}

static CUresult destroy(unsigned long long handle, enum sim_kind kind)
{
	SIM_LOCKED;
	struct sim_object *o = object_of(handle, kind);
	if (!o)
		return CUDA_ERROR_INVALID_VALUE;
	sim_delete(o, "call");
	return CUDA_SUCCESS;
}

CUresult cuTexObjectCreate(CUtexObject *handle, const CUDA_RESOURCE_DESC *resource,
			   const CUDA_TEXTURE_DESC *texture, const CUDA_RESOURCE_VIEW_DESC *view)
{
	SIM_CALL_SLOW(cuTexObjectCreate);
	return texture ? create(handle, SIM_TEXTURE, resource, texture, view)
		       : CUDA_ERROR_INVALID_VALUE;
}

CUresult cuTexObjectDestroy(CUtexObject handle)
{
	SIM_CALL_SLOW(cuTexObjectDestroy);
	return destroy(handle, SIM_TEXTURE);
}

CUresult cuSurfObjectCreate(CUsurfObject *handle, const CUDA_RESOURCE_DESC *resource)
{
	SIM_CALL_SLOW(cuSurfObjectCreate);
	if (resource && resource->resType != CU_RESOURCE_TYPE_ARRAY)
		return CUDA_ERROR_INVALID_VALUE;
	return create(handle, SIM_SURFACE, resource, NULL, NULL);
}

CUresult cuSurfObjectDestroy(CUsurfObject handle)
{
	SIM_CALL_SLOW(cuSurfObjectDestroy);
	return destroy(handle, SIM_SURFACE);
}

CUresult cuTexObjectGetResourceDesc(CUDA_RESOURCE_DESC *d, CUtexObject handle)
{
	SIM_CALL(cuTexObjectGetResourceDesc);
	SIM_LOCKED;
	const struct sim_object *o = object_of(handle, SIM_TEXTURE);
	if (!d || !o)
		return CUDA_ERROR_INVALID_VALUE;
	*d = *o->texture.resource;
	return CUDA_SUCCESS;
}

CUresult cuTexObjectGetTextureDesc(CUDA_TEXTURE_DESC *d, CUtexObject handle)
{
	SIM_CALL(cuTexObjectGetTextureDesc);
	SIM_LOCKED;
	const struct sim_object *o = object_of(handle, SIM_TEXTURE);
	if (!d || !o)
		return CUDA_ERROR_INVALID_VALUE;
	*d = *o->texture.texture;
	return CUDA_SUCCESS;
}

CUresult cuTexObjectGetResourceViewDesc(CUDA_RESOURCE_VIEW_DESC *d, CUtexObject handle)
{
	SIM_CALL(cuTexObjectGetResourceViewDesc);
	SIM_LOCKED;
	const struct sim_object *o = object_of(handle, SIM_TEXTURE);
	if (!d || !o || !o->texture.view)
		return CUDA_ERROR_INVALID_VALUE;
	*d = *o->texture.view;
	return CUDA_SUCCESS;
}

CUresult cuSurfObjectGetResourceDesc(CUDA_RESOURCE_DESC *d, CUsurfObject handle)
{
	SIM_CALL(cuSurfObjectGetResourceDesc);
	SIM_LOCKED;
	const struct sim_object *o = object_of(handle, SIM_SURFACE);
	if (!d || !o)
		return CUDA_ERROR_INVALID_VALUE;
	*d = *o->texture.resource;
	return CUDA_SUCCESS;
}
