/* SPDX-License-Identifier: MIT */
/* Events. */
#include <string.h>

#include "sim.h"

static struct sim_object *event_of(CUevent event)
{
	return sim_find(event, SIM_EVENT);
}

CUresult cuEventCreate(CUevent *event, unsigned flags)
{
	SIM_CALL_SLOW(cuEventCreate);
	if (!event || flags & ~7u ||
	    ((flags & CU_EVENT_INTERPROCESS) && !(flags & CU_EVENT_DISABLE_TIMING)))
		return CUDA_ERROR_INVALID_VALUE;
	SIM_LOCKED;
	CUresult r;
	const struct sim_object *context = sim_current(&r);
	if (!context)
		return r;
	struct sim_object *o = sim_new(SIM_EVENT, context);
	if (!o)
		return CUDA_ERROR_OUT_OF_MEMORY;
	o->event.flags = flags;
	sim_count_new(o);
	*event = (CUevent)(void *)o;
	return CUDA_SUCCESS;
}

static CUresult destroy(CUevent event)
{
	SIM_LOCKED;
	struct sim_object *o = event_of(event);
	if (!o)
		return CUDA_ERROR_INVALID_HANDLE;
	sim_delete(o, "call");
	return CUDA_SUCCESS;
}

CUresult cuEventDestroy(CUevent event)
{
	SIM_CALL_SLOW(cuEventDestroy);
	return destroy(event);
}

CUresult cuEventDestroy_v2(CUevent event)
{
	SIM_CALL_SLOW(cuEventDestroy);
	return destroy(event);
}

static void forget_capture(struct sim_object *o)
{
	sim_drop(o->event.heads);
	o->event.heads = NULL;
	o->event.graph = o->event.count = 0;
}

void sim_event_recorded(struct sim_object *o, uint64_t number)
{
	forget_capture(o);
	o->event.last = number;
	o->event.time = sim_now();
	o->event.recorded = true;
}

static CUresult record(CUevent event, CUstream stream)
{
	SIM_LOCKED;
	struct sim_where where;
	CUresult r = sim_where(stream, &where);
	struct sim_object *o = event_of(event);
	if (r || !o)
		return r ? r : CUDA_ERROR_INVALID_HANDLE;
	if (sim_capturing(&where)) {
		forget_capture(o);
		return sim_capture_event(o, &where);
	}
	sim_event_recorded(o, sim_submitted(&where));
	return CUDA_SUCCESS;
}

CUresult cuEventRecord(CUevent event, CUstream stream)
{
	SIM_CALL(cuEventRecord);
	return record(event, stream);
}

CUresult cuEventRecordWithFlags(CUevent event, CUstream stream, unsigned flags)
{
	SIM_CALL(cuEventRecordWithFlags);
	return flags & ~1u ? CUDA_ERROR_INVALID_VALUE : record(event, stream);
}

CUresult cuEventQuery(CUevent event)
{
	SIM_CALL(cuEventQuery);
	SIM_LOCKED;
	struct sim_object *o = event_of(event);
	if (!o)
		return CUDA_ERROR_INVALID_HANDLE;
	uint64_t number = o->event.last;
	if (sim_done(number))
		return CUDA_SUCCESS;
	sim_run_until(number);
	return CUDA_ERROR_NOT_READY;
}

CUresult cuEventSynchronize(CUevent event)
{
	SIM_CALL(cuEventSynchronize);
	SIM_LOCKED;
	struct sim_object *o = event_of(event);
	if (!o)
		return CUDA_ERROR_INVALID_HANDLE;
	sim_run_until(o->event.last);
	return CUDA_SUCCESS;
}

static CUresult elapsed(float *ms, CUevent from, CUevent to)
{
	SIM_LOCKED;
	const struct sim_object *a = event_of(from), *b = event_of(to);
	if (!ms)
		return CUDA_ERROR_INVALID_VALUE;
	if (!a || !b || !a->event.recorded || !b->event.recorded ||
	    (a->event.flags | b->event.flags) & CU_EVENT_DISABLE_TIMING)
		return CUDA_ERROR_INVALID_HANDLE;
	if (!sim_done(a->event.last) || !sim_done(b->event.last))
		return CUDA_ERROR_NOT_READY;
	*ms = (float)((double)(int64_t)(b->event.time - a->event.time) / 1e6);
	return CUDA_SUCCESS;
}

CUresult cuEventElapsedTime(float *ms, CUevent from, CUevent to)
{
	SIM_CALL(cuEventElapsedTime);
	return elapsed(ms, from, to);
}

CUresult cuEventElapsedTime_v2(float *ms, CUevent from, CUevent to)
{
	SIM_CALL(cuEventElapsedTime);
	return elapsed(ms, from, to);
}

/* All streams share one queue: the order of an event is there already. */
CUresult cuStreamWaitEvent(CUstream stream, CUevent event, unsigned flags)
{
	SIM_CALL(cuStreamWaitEvent);
	SIM_LOCKED;
	struct sim_where where;
	CUresult r = sim_where(stream, &where);
	struct sim_object *o = event_of(event);
	if (r || !o || flags & ~1u)
		return r ? r : !o ? CUDA_ERROR_INVALID_HANDLE : CUDA_ERROR_INVALID_VALUE;
	return o->event.graph ? sim_capture_wait(&where, o) : CUDA_SUCCESS;
}

CUresult cuCtxRecordEvent(CUcontext context, CUevent event)
{
	SIM_CALL(cuCtxRecordEvent);
	SIM_LOCKED;
	CUresult r;
	struct sim_object *o = event_of(event);
	if (!sim_context(context, &r) || !o)
		return o ? r : CUDA_ERROR_INVALID_HANDLE;
	sim_event_recorded(o, sim_submitted_last());
	return CUDA_SUCCESS;
}

CUresult cuCtxWaitEvent(CUcontext context, CUevent event)
{
	SIM_CALL(cuCtxWaitEvent);
	SIM_LOCKED;
	CUresult r;
	if (!sim_context(context, &r))
		return r;
	return event_of(event) ? CUDA_SUCCESS : CUDA_ERROR_INVALID_HANDLE;
}

CUresult cuGreenCtxRecordEvent(CUgreenCtx green, CUevent event)
{
	SIM_CALL(cuGreenCtxRecordEvent);
	SIM_LOCKED;
	struct sim_object *o = event_of(event);
	if (!sim_find(green, SIM_GREEN) || !o)
		return CUDA_ERROR_INVALID_HANDLE;
	sim_event_recorded(o, sim_submitted_last());
	return CUDA_SUCCESS;
}

CUresult cuGreenCtxWaitEvent(CUgreenCtx green, CUevent event)
{
	SIM_CALL(cuGreenCtxWaitEvent);
	SIM_LOCKED;
	return sim_find(green, SIM_GREEN) && event_of(event) ? CUDA_SUCCESS
							     : CUDA_ERROR_INVALID_HANDLE;
}

/* Events of other processes are done when they are opened: nothing runs there. */
CUresult cuIpcGetEventHandle(CUipcEventHandle *handle, CUevent event)
{
	SIM_CALL(cuIpcGetEventHandle);
	SIM_LOCKED;
	const struct sim_object *o = event_of(event);
	if (!handle || !o || !(o->event.flags & CU_EVENT_INTERPROCESS))
		return CUDA_ERROR_INVALID_VALUE;
	memset(handle, 0, sizeof *handle);
	memcpy(handle->reserved, "simevent", 8);
	return CUDA_SUCCESS;
}

CUresult cuIpcOpenEventHandle(CUevent *event, CUipcEventHandle handle)
{
	SIM_CALL_SLOW(cuIpcOpenEventHandle);
	if (!event || memcmp(handle.reserved, "simevent", 8))
		return CUDA_ERROR_INVALID_VALUE;
	SIM_LOCKED;
	CUresult r;
	const struct sim_object *context = sim_current(&r);
	if (!context)
		return r;
	struct sim_object *o = sim_new(SIM_EVENT, context);
	if (!o)
		return CUDA_ERROR_OUT_OF_MEMORY;
	o->event.flags = CU_EVENT_INTERPROCESS | CU_EVENT_DISABLE_TIMING;
	sim_count_new(o);
	*event = (CUevent)(void *)o;
	return CUDA_SUCCESS;
}
