/* SPDX-License-Identifier: MIT */
/* Streams: made, asked about and waited for. */
#include <string.h>

#include "sim.h"

static CUresult create(CUstream *stream, unsigned flags, int priority, uint32_t green,
		       struct sim_object *context)
{
	struct sim_object *o = sim_new(SIM_STREAM, context);
	if (!o)
		return CUDA_ERROR_OUT_OF_MEMORY;
	o->stream.flags = flags;
	o->stream.priority = priority < -5 ? -5 : priority > 0 ? 0 : priority;
	o->stream.green = green;
	sim_count_new(o);
	*stream = (CUstream)(void *)o;
	return CUDA_SUCCESS;
}

static CUresult create_here(CUstream *stream, unsigned flags, int priority)
{
	if (!stream || flags & ~(unsigned)CU_STREAM_NON_BLOCKING)
		return CUDA_ERROR_INVALID_VALUE;
	SIM_LOCKED;
	CUresult r;
	struct sim_object *context = sim_current(&r);
	return context ? create(stream, flags, priority, context->context.owner, context) : r;
}

CUresult cuStreamCreate(CUstream *stream, unsigned flags)
{
	SIM_CALL_SLOW(cuStreamCreate);
	return create_here(stream, flags, 0);
}

CUresult cuStreamCreateWithPriority(CUstream *stream, unsigned flags, int priority)
{
	SIM_CALL_SLOW(cuStreamCreateWithPriority);
	return create_here(stream, flags, priority);
}

CUresult cuGreenCtxStreamCreate(CUstream *stream, CUgreenCtx green, unsigned flags, int priority)
{
	SIM_CALL_SLOW(cuGreenCtxStreamCreate);
	SIM_LOCKED;
	const struct sim_object *g = sim_find(green, SIM_GREEN);
	if (!stream || !g || !(flags & CU_STREAM_NON_BLOCKING))
		return CUDA_ERROR_INVALID_VALUE;
	return create(stream, flags, priority, sim_slot(g), sim_at(g->green.context));
}

static CUresult destroy(CUstream stream)
{
	SIM_LOCKED;
	struct sim_where where;
	CUresult r = sim_where(stream, &where);
	if (r)
		return r;
	if (!where.stream)
		return CUDA_ERROR_INVALID_HANDLE;
	/* Work in it goes on; only the handle is gone. */
	sim_capture_forget(where.stream);
	sim_delete(where.stream, "call");
	return CUDA_SUCCESS;
}

CUresult cuStreamDestroy(CUstream stream)
{
	SIM_CALL_SLOW(cuStreamDestroy);
	return destroy(stream);
}

CUresult cuStreamDestroy_v2(CUstream stream)
{
	SIM_CALL_SLOW(cuStreamDestroy);
	return destroy(stream);
}

CUresult cuStreamSynchronize(CUstream stream)
{
	SIM_CALL(cuStreamSynchronize);
	SIM_LOCKED;
	struct sim_where where;
	CUresult r = sim_where(stream, &where);
	if (r)
		return r;
	if (sim_capturing(&where))
		return CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
	sim_run_until(sim_submitted(&where));
	return CUDA_SUCCESS;
}

/* Asking moves the simulated device on, else a program that polls would never see an end. */
CUresult cuStreamQuery(CUstream stream)
{
	SIM_CALL(cuStreamQuery);
	SIM_LOCKED;
	struct sim_where where;
	CUresult r = sim_where(stream, &where);
	if (r)
		return r;
	if (sim_capturing(&where))
		return CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
	uint64_t number = sim_submitted(&where);
	if (sim_done(number))
		return CUDA_SUCCESS;
	sim_run_until(number);
	return CUDA_ERROR_NOT_READY;
}

static CUresult synchronize(CUcontext context)
{
	SIM_LOCKED;
	CUresult r;
	if (!sim_context(context, &r))
		return r;
	sim_run_until(UINT64_MAX);
	return CUDA_SUCCESS;
}

CUresult cuCtxSynchronize(void)
{
	SIM_CALL(cuCtxSynchronize);
	return synchronize(NULL);
}

CUresult cuCtxSynchronize_v2(CUcontext context)
{
	SIM_CALL(cuCtxSynchronize);
	return synchronize(context);
}

/* ---- what a stream is: the default ones have flags, priority and green context 0 ---- */
#define GET(name, type, value)                                                                     \
	CUresult name(CUstream stream, type *out)                                                  \
	{                                                                                          \
		SIM_CALL(name);                                                                    \
		SIM_LOCKED;                                                                        \
		struct sim_where where;                                                            \
		CUresult r = sim_where(stream, &where);                                            \
		if (r || !out)                                                                     \
			return r ? r : CUDA_ERROR_INVALID_VALUE;                                   \
		*out = value;                                                                      \
		return CUDA_SUCCESS;                                                               \
	}
#define OF_STREAM(member) (where.stream ? where.stream->stream.member : 0)
GET(cuStreamGetFlags, unsigned, OF_STREAM(flags))
GET(cuStreamGetPriority, int, OF_STREAM(priority))
GET(cuStreamGetId, unsigned long long, where.key)
GET(cuStreamGetDevice, CUdevice, where.context->device)
GET(cuStreamGetCtx, CUcontext, (CUcontext)(void *)where.context)
GET(cuStreamGetGreenCtx, CUgreenCtx, (CUgreenCtx)(void *)sim_at(OF_STREAM(green)))

CUresult cuStreamGetCtx_v2(CUstream stream, CUcontext *context, CUgreenCtx *green)
{
	SIM_CALL(cuStreamGetCtx);
	SIM_LOCKED;
	struct sim_where where;
	CUresult r = sim_where(stream, &where);
	if (r || !context || !green)
		return r ? r : CUDA_ERROR_INVALID_VALUE;
	*context = (CUcontext)(void *)where.context;
	*green = (CUgreenCtx)(void *)sim_at(OF_STREAM(green));
	return CUDA_SUCCESS;
}

CUresult cuCtxGetStreamPriorityRange(int *least, int *greatest)
{
	SIM_CALL(cuCtxGetStreamPriorityRange);
	SIM_LOCKED;
	CUresult r;
	if (!sim_current(&r))
		return r;
	if (least)
		*least = 0;
	if (greatest)
		*greatest = -5;
	return CUDA_SUCCESS;
}

static CUresult exists(CUstream stream)
{
	SIM_LOCKED;
	struct sim_where where;
	return sim_where(stream, &where);
}

CUresult cuStreamAttachMemAsync(CUstream stream, CUdeviceptr p, size_t bytes, unsigned flags)
{
	SIM_CALL(cuStreamAttachMemAsync);
	(void)p, (void)bytes, (void)flags;
	return exists(stream);
}

CUresult cuStreamCopyAttributes(CUstream to, CUstream from)
{
	SIM_CALL(cuStreamCopyAttributes);
	CUresult r = exists(to);
	return r ? r : exists(from);
}

CUresult cuStreamGetAttribute(CUstream stream, CUstreamAttrID what, CUstreamAttrValue *value)
{
	SIM_CALL(cuStreamGetAttribute);
	(void)what;
	if (!value)
		return CUDA_ERROR_INVALID_VALUE;
	memset(value, 0, sizeof *value);
	return exists(stream);
}

CUresult cuStreamSetAttribute(CUstream stream, CUstreamAttrID what, const CUstreamAttrValue *value)
{
	SIM_CALL(cuStreamSetAttribute);
	(void)what;
	return value ? exists(stream) : CUDA_ERROR_INVALID_VALUE;
}

/* ---- functions of the program in a stream ---- */
void sim_host_run(void *data)
{
	const struct sim_host_call *c = data;
	if (c->callback)
		c->callback(c->stream, CUDA_SUCCESS, c->data);
	else
		c->function(c->data);
}

CUresult cuStreamAddCallback(CUstream stream, CUstreamCallback callback, void *data, unsigned flags)
{
	SIM_CALL(cuStreamAddCallback);
	SIM_LOCKED;
	struct sim_where where;
	CUresult r = sim_where(stream, &where);
	if (r || !callback || flags)
		return r ? r : CUDA_ERROR_INVALID_VALUE;
	if (sim_capturing(&where))
		return CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
	struct sim_host_call c = {.callback = callback, .stream = stream, .data = data};
	return sim_submit(&where, sim_host_run, &c, sizeof c, false);
}

CUresult cuLaunchHostFunc(CUstream stream, CUhostFn function, void *data)
{
	SIM_CALL(cuLaunchHostFunc);
	SIM_LOCKED;
	struct sim_where where;
	CUresult r = sim_where(stream, &where);
	if (r || !function)
		return r ? r : CUDA_ERROR_INVALID_VALUE;
	struct sim_host_call c = {.function = function, .data = data};
	if (!sim_capturing(&where))
		return sim_submit(&where, sim_host_run, &c, sizeof c, false);
	struct sim_node_params params = {
		.run = sim_host_run, .data = sim_copy(&c, sizeof c), .bytes = sizeof c};
	params.given.host = (CUDA_HOST_NODE_PARAMS){function, data};
	return sim_capture_add(&where, CU_GRAPH_NODE_TYPE_HOST, &params);
}

/* ---- values in memory ---- */
struct write {
	uint64_t to, value;
	unsigned bytes;
};

static void write_value(void *data)
{
	const struct write *w = data;
	memcpy((void *)w->to, &w->value, w->bytes);
}

static CUresult submit_write(CUstream stream, CUdeviceptr p, uint64_t value, unsigned bytes)
{
	SIM_LOCKED;
	struct sim_where where;
	CUresult r = sim_where(stream, &where);
	if (r)
		return r;
	if (!sim_reachable(p, bytes) || sim_capturing(&where))
		return CUDA_ERROR_INVALID_VALUE;
	struct write w = {p, value, bytes};
	return sim_submit(&where, write_value, &w, sizeof w, false);
}

CUresult cuStreamWriteValue32(CUstream stream, CUdeviceptr p, uint32_t value, unsigned flags)
{
	SIM_CALL(cuStreamWriteValue32);
	(void)flags;
	return submit_write(stream, p, value, 4);
}

CUresult cuStreamWriteValue32_v2(CUstream stream, CUdeviceptr p, uint32_t value, unsigned flags)
{
	return cuStreamWriteValue32(stream, p, value, flags);
}

CUresult cuStreamWriteValue64(CUstream stream, CUdeviceptr p, uint64_t value, unsigned flags)
{
	SIM_CALL(cuStreamWriteValue64);
	(void)flags;
	return submit_write(stream, p, value, 8);
}

CUresult cuStreamWriteValue64_v2(CUstream stream, CUdeviceptr p, uint64_t value, unsigned flags)
{
	return cuStreamWriteValue64(stream, p, value, flags);
}
