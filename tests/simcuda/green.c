/* SPDX-License-Identifier: MIT */
/* Green contexts: a share of a device's multiprocessors, with a context to use it by. */
#include <string.h>

#include "sim.h"

enum { MULTIPROCESSORS = 16, SHARE = 2 };

static CUresult whole(CUdevResource *resource, CUdevResourceType type, unsigned sms)
{
	if (!resource || type != CU_DEV_RESOURCE_TYPE_SM)
		return CUDA_ERROR_INVALID_RESOURCE_TYPE;
	memset(resource, 0, sizeof *resource);
	resource->type = type;
	resource->sm = (CUdevSmResource){sms, SHARE, SHARE};
	return CUDA_SUCCESS;
}

CUresult cuDeviceGetDevResource(CUdevice device, CUdevResource *resource, CUdevResourceType type)
{
	SIM_CALL(cuDeviceGetDevResource);
	if (device < 0 || (unsigned)device >= sim.devices)
		return CUDA_ERROR_INVALID_DEVICE;
	return whole(resource, type, MULTIPROCESSORS);
}

CUresult cuCtxGetDevResource(CUcontext context, CUdevResource *resource, CUdevResourceType type)
{
	SIM_CALL(cuCtxGetDevResource);
	SIM_LOCKED;
	CUresult r;
	const struct sim_object *o = sim_context(context, &r);
	if (!o)
		return r;
	const struct sim_object *g = sim_at(o->context.owner);
	return whole(resource, type, g ? g->green.sms : MULTIPROCESSORS);
}

CUresult cuGreenCtxGetDevResource(CUgreenCtx green, CUdevResource *resource, CUdevResourceType type)
{
	SIM_CALL(cuGreenCtxGetDevResource);
	SIM_LOCKED;
	const struct sim_object *g = sim_find(green, SIM_GREEN);
	return g ? whole(resource, type, g->green.sms) : CUDA_ERROR_INVALID_VALUE;
}

CUresult cuDevSmResourceSplitByCount(CUdevResource *result, unsigned *groups,
				     const CUdevResource *input, CUdevResource *rest,
				     unsigned flags, unsigned least)
{
	SIM_CALL(cuDevSmResourceSplitByCount);
	(void)flags;
	if (!groups || !input || input->type != CU_DEV_RESOURCE_TYPE_SM)
		return CUDA_ERROR_INVALID_VALUE;
	unsigned size = least < SHARE ? SHARE : (least + SHARE - 1) / SHARE * SHARE;
	unsigned count = input->sm.smCount / size;
	if (result && count > *groups)
		count = *groups;
	for (unsigned i = 0; result && i < count; i++)
		whole(&result[i], CU_DEV_RESOURCE_TYPE_SM, size);
	if (rest)
		whole(rest, CU_DEV_RESOURCE_TYPE_SM, input->sm.smCount - count * size);
	*groups = count;
	return CUDA_SUCCESS;
}

CUresult cuDevResourceGenerateDesc(CUdevResourceDesc *desc, CUdevResource *resources,
				   unsigned count)
{
	SIM_CALL(cuDevResourceGenerateDesc);
	if (!desc || !resources || !count)
		return CUDA_ERROR_INVALID_VALUE;
	SIM_LOCKED;
	struct sim_object *o = sim_new(SIM_DESC, NULL);
	if (!o)
		return CUDA_ERROR_OUT_OF_MEMORY;
	for (unsigned i = 0; i < count; i++)
		o->green.sms += resources[i].sm.smCount;
	*desc = (CUdevResourceDesc)(void *)o;
	return CUDA_SUCCESS;
}

CUresult cuGreenCtxCreate(CUgreenCtx *green, CUdevResourceDesc desc, CUdevice device,
			  unsigned flags)
{
	SIM_CALL_SLOW(cuGreenCtxCreate);
	if (!green || !(flags & CU_GREEN_CTX_DEFAULT_STREAM))
		return CUDA_ERROR_INVALID_VALUE;
	if (device < 0 || (unsigned)device >= sim.devices)
		return CUDA_ERROR_INVALID_DEVICE;
	SIM_LOCKED;
	const struct sim_object *d = sim_find(desc, SIM_DESC);
	if (!d)
		return CUDA_ERROR_INVALID_RESOURCE_CONFIGURATION;
	unsigned sms = d->green.sms;
	if (!sim_device_take(device, sim.context_bytes))
		return CUDA_ERROR_OUT_OF_MEMORY;
	struct sim_object *g = sim_new(SIM_GREEN, NULL), *c = g ? sim_new(SIM_CONTEXT, NULL) : NULL;
	if (!c) {
		if (g)
			sim_delete(g, NULL);
		sim_device_give(device, sim.context_bytes);
		return CUDA_ERROR_OUT_OF_MEMORY;
	}
	g->device = c->device = (int8_t)device;
	g->green.sms = sms;
	g->green.context = sim_slot(c);
	c->context.active = c->context.green = true;
	c->context.version = 3020;
	c->context.owner = sim_slot(g);
	sim_count_new(g);
	*green = (CUgreenCtx)(void *)g;
	return CUDA_SUCCESS;
}

CUresult cuCtxFromGreenCtx(CUcontext *context, CUgreenCtx green)
{
	SIM_CALL(cuCtxFromGreenCtx);
	SIM_LOCKED;
	const struct sim_object *g = sim_find(green, SIM_GREEN);
	if (!context || !g)
		return CUDA_ERROR_INVALID_VALUE;
	*context = sim_context_handle(g->green.context);
	return CUDA_SUCCESS;
}

CUresult cuGreenCtxGetId(CUgreenCtx green, unsigned long long *id)
{
	SIM_CALL(cuGreenCtxGetId);
	SIM_LOCKED;
	const struct sim_object *g = sim_find(green, SIM_GREEN);
	if (!g || !id)
		return CUDA_ERROR_INVALID_VALUE;
	*id = g->id;
	return CUDA_SUCCESS;
}

CUresult cuGreenCtxDestroy(CUgreenCtx green)
{
	SIM_CALL_SLOW(cuGreenCtxDestroy);
	SIM_LOCKED;
	struct sim_object *g = sim_find(green, SIM_GREEN);
	if (!g)
		return CUDA_ERROR_INVALID_VALUE;
	struct sim_object *c = sim_at(g->green.context);
	g->dying = c->dying = true;
	sim_context_teardown(c);
	sim_device_give(g->device, sim.context_bytes);
	sim_delete(c, NULL);
	sim_delete(g, "call");
	return CUDA_SUCCESS;
}
