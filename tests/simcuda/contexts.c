/* SPDX-License-Identifier: MIT */
/* Contexts, which of them is current in a thread, and what goes when one goes. */
#include <stdatomic.h>

#include "sim.h"

/* Of the calling thread.  The initial-exec model, since the general one allocates. */
enum { DEEPEST = 32 };
struct current {
	uint32_t slot;
	uint64_t id; /* of the context, which may be gone and its slot in use again */
};
static __thread __attribute__((tls_model("initial-exec"))) struct current stack[DEEPEST];
static __thread __attribute__((tls_model("initial-exec"))) unsigned depth;
static __thread __attribute__((tls_model("initial-exec"))) uint32_t thread;

uint32_t sim_thread(void)
{
	static atomic_uint threads;
	if (!thread)
		thread = atomic_fetch_add(&threads, 1) + 1;
	return thread;
}

static bool is_context(const struct sim_object *o)
{
	return o && (o->kind == SIM_CONTEXT || o->kind == SIM_PRIMARY);
}

static bool is_active(const struct sim_object *o)
{
	return is_context(o) && o->context.active && !o->dying;
}

struct sim_object *sim_current(CUresult *result)
{
	if (!depth || !stack[depth - 1].slot) {
		*result = CUDA_ERROR_INVALID_CONTEXT;
		return NULL;
	}
	struct sim_object *o = sim_at(stack[depth - 1].slot);
	if (!is_context(o) || o->id != stack[depth - 1].id || !o->context.active) {
		*result = CUDA_ERROR_CONTEXT_IS_DESTROYED;
		return NULL;
	}
	return o;
}

struct sim_object *sim_context(CUcontext context, CUresult *result)
{
	if (!context)
		return sim_current(result);
	struct sim_object *o = sim_peek(context);
	if (!is_active(o)) {
		sim_account_error();
		*result = CUDA_ERROR_INVALID_CONTEXT;
		return NULL;
	}
	return o;
}

CUcontext sim_context_handle(uint32_t slot)
{
	return (CUcontext)(void *)sim_at(slot);
}

static void make_current(struct sim_object *o)
{
	if (depth < DEEPEST)
		stack[depth++] = (struct current){sim_slot(o), o->id};
}

/*
 * Handles that go with their context, beside modules and what cuMemAlloc and its kin gave;
 * memory of cuMemCreate, of pools and of graphs does not, nor do graphs and libraries.
 */
static bool goes_with_context(enum sim_kind kind)
{
	switch (kind) {
	case SIM_STREAM:
	case SIM_EVENT:
	case SIM_TEXTURE:
	case SIM_SURFACE:
	case SIM_LINK:
	case SIM_GRAPHEXEC:
	case SIM_EXTMEM:
	case SIM_EXTSEM:
	case SIM_ARRAY:
	case SIM_MIPMAP:
	case SIM_REGISTERED: return true;
	default: return false;
	}
}

void sim_context_teardown(struct sim_object *context)
{
	uint32_t slot = sim_slot(context);
	uint64_t id = context->id;
	sim_run_until(UINT64_MAX);
	if (sim_at(slot) != context || context->id != id)
		return; /* another thread was faster */
	for (struct sim_object *o, *next = sim_next(0, SIM_MODULE); (o = next);) {
		next = sim_next(sim_slot(o), SIM_MODULE);
		if (o->ctx == slot)
			sim_module_delete(o, "context");
	}
	for (unsigned arena = 0; arena < SIM_ARENAS; arena++) {
		for (uint32_t b = sim_block_next(arena, 0), next; b; b = next) {
			struct sim_block *block = sim_block(b);
			next = sim_block_next(arena, b);
			if (block->ctx != slot)
				continue;
			switch (block->kind) {
			case SIM_DEVICE:
			case SIM_PINNED:
			case SIM_MANAGED:
			case SIM_EXTBUF:
			case SIM_IPC: sim_memory_delete(block, "context"); break;
			default: block->ctx = 0; break; /* it outlives the context */
			}
		}
	}
	for (int kind = 1; kind < SIM_COUNTED; kind++) {
		if (!goes_with_context((enum sim_kind)kind))
			continue;
		for (struct sim_object *o, *next = sim_next(0, (enum sim_kind)kind); (o = next);) {
			next = sim_next(sim_slot(o), (enum sim_kind)kind);
			if (o->ctx != slot)
				continue;
			if (kind == SIM_STREAM)
				sim_capture_forget(o);
			if (kind == SIM_GRAPHEXEC) {
				sim_exec_delete(o, "context");
			} else if (kind == SIM_ARRAY || kind == SIM_MIPMAP) {
				if (!o->array.parent)
					sim_array_delete(o, "context");
			} else {
				sim_delete(o, "context");
			}
		}
	}
}

static CUresult create(CUcontext *context, unsigned flags, CUdevice device, unsigned version)
{
	if (!context || flags & ~(unsigned)CU_CTX_FLAGS_MASK)
		return CUDA_ERROR_INVALID_VALUE;
	SIM_LOCKED;
	if (device < 0 || (unsigned)device >= sim.devices)
		return CUDA_ERROR_INVALID_DEVICE;
	if (!sim_device_take(device, sim.context_bytes))
		return CUDA_ERROR_OUT_OF_MEMORY;
	struct sim_object *o = sim_new(SIM_CONTEXT, NULL);
	if (!o) {
		sim_device_give(device, sim.context_bytes);
		return CUDA_ERROR_OUT_OF_MEMORY;
	}
	o->device = (int8_t)device;
	o->context.flags = flags;
	o->context.version = version;
	o->context.active = true;
	sim_count_new(o);
	make_current(o);
	*context = (CUcontext)(void *)o;
	return CUDA_SUCCESS;
}

CUresult cuCtxCreate(CUcontext *context, unsigned flags, CUdevice device)
{
	SIM_CALL_SLOW(cuCtxCreate);
	return create(context, flags, device, 3010);
}

CUresult cuCtxCreate_v2(CUcontext *context, unsigned flags, CUdevice device)
{
	SIM_CALL_SLOW(cuCtxCreate);
	return create(context, flags, device, 3020);
}

CUresult cuCtxCreate_v3(CUcontext *context, CUexecAffinityParam *affinity, int count,
			unsigned flags, CUdevice device)
{
	(void)affinity;
	SIM_CALL_SLOW(cuCtxCreate);
	return count < 0 ? CUDA_ERROR_INVALID_VALUE : create(context, flags, device, 3020);
}

CUresult cuCtxCreate_v4(CUcontext *context, CUctxCreateParams *params, unsigned flags,
			CUdevice device)
{
	SIM_CALL_SLOW(cuCtxCreate);
	if (params && params->execAffinityParams && params->cigParams)
		return CUDA_ERROR_INVALID_VALUE;
	return create(context, flags, device, 3020);
}

static CUresult destroy(CUcontext context)
{
	SIM_LOCKED;
	CUresult r = CUDA_ERROR_INVALID_CONTEXT;
	struct sim_object *o = context ? sim_context(context, &r) : NULL;
	if (!o)
		return r;
	if (o->kind != SIM_CONTEXT || o->context.green)
		return CUDA_ERROR_INVALID_CONTEXT;
	if (depth && stack[depth - 1].slot == sim_slot(o))
		depth--;
	o->dying = true;
	sim_context_teardown(o);
	sim_device_give(o->device, sim.context_bytes);
	sim_delete(o, "call");
	return CUDA_SUCCESS;
}

CUresult cuCtxDestroy(CUcontext context)
{
	SIM_CALL_SLOW(cuCtxDestroy);
	return destroy(context);
}

CUresult cuCtxDestroy_v2(CUcontext context)
{
	SIM_CALL_SLOW(cuCtxDestroy);
	return destroy(context);
}

CUresult cuCtxAttach(CUcontext *context, unsigned flags)
{
	SIM_CALL(cuCtxAttach);
	SIM_LOCKED;
	CUresult r;
	struct sim_object *o = sim_current(&r);
	if (!context || flags)
		return CUDA_ERROR_INVALID_VALUE;
	if (!o)
		return r;
	o->refs++;
	*context = (CUcontext)(void *)o;
	return CUDA_SUCCESS;
}

CUresult cuCtxDetach(CUcontext context)
{
	SIM_CALL_SLOW(cuCtxDetach);
	sim_lock();
	CUresult r = CUDA_ERROR_INVALID_CONTEXT;
	struct sim_object *o = context ? sim_context(context, &r) : NULL;
	bool last = o && o->refs == 1;
	if (o && !last)
		o->refs--;
	sim_unlock(NULL);
	return !o ? r : last ? destroy(context) : CUDA_SUCCESS;
}

CUresult cuCtxGetCurrent(CUcontext *context)
{
	SIM_CALL(cuCtxGetCurrent);
	if (!context)
		return CUDA_ERROR_INVALID_VALUE;
	SIM_LOCKED;
	CUresult r = CUDA_SUCCESS;
	*context = (CUcontext)(void *)sim_current(&r);
	return r == CUDA_ERROR_CONTEXT_IS_DESTROYED ? r : CUDA_SUCCESS;
}

CUresult cuCtxSetCurrent(CUcontext context)
{
	SIM_CALL(cuCtxSetCurrent);
	SIM_LOCKED;
	CUresult r;
	struct sim_object *o = context ? sim_context(context, &r) : NULL;
	if (context && !o)
		return r;
	if (depth)
		depth--;
	if (o)
		make_current(o);
	return CUDA_SUCCESS;
}

static CUresult push(CUcontext context)
{
	SIM_LOCKED;
	CUresult r = CUDA_ERROR_INVALID_CONTEXT;
	struct sim_object *o = context ? sim_context(context, &r) : NULL;
	if (!o)
		return r;
	if (depth == DEEPEST)
		return CUDA_ERROR_UNKNOWN;
	make_current(o);
	return CUDA_SUCCESS;
}

CUresult cuCtxPushCurrent(CUcontext context)
{
	SIM_CALL(cuCtxPushCurrent);
	return push(context);
}

CUresult cuCtxPushCurrent_v2(CUcontext context)
{
	SIM_CALL(cuCtxPushCurrent);
	return push(context);
}

static CUresult pop(CUcontext *context)
{
	SIM_LOCKED;
	if (!depth)
		return CUDA_ERROR_INVALID_CONTEXT;
	depth--;
	if (context)
		*context = sim_context_handle(stack[depth].slot);
	return CUDA_SUCCESS;
}

CUresult cuCtxPopCurrent(CUcontext *context)
{
	SIM_CALL(cuCtxPopCurrent);
	return pop(context);
}

CUresult cuCtxPopCurrent_v2(CUcontext *context)
{
	SIM_CALL(cuCtxPopCurrent);
	return pop(context);
}

/* ---- primary contexts: one for each device, counted ---- */
static struct sim_object *primary(CUdevice device)
{
	struct sim_device *d = &sim.device[device];
	if (d->primary)
		return sim_at(d->primary);
	struct sim_object *o = sim_new(SIM_PRIMARY, NULL);
	if (o) {
		o->device = (int8_t)device;
		o->context.version = 3020;
		o->refs = 0;
		d->primary = sim_slot(o);
	}
	return o;
}

static CUresult valid_device(CUdevice device)
{
	return device >= 0 && (unsigned)device < sim.devices ? CUDA_SUCCESS
							     : CUDA_ERROR_INVALID_DEVICE;
}

CUresult cuDevicePrimaryCtxRetain(CUcontext *context, CUdevice device)
{
	SIM_CALL_SLOW(cuDevicePrimaryCtxRetain);
	CUresult r = valid_device(device);
	if (r || !context)
		return r ? r : CUDA_ERROR_INVALID_VALUE;
	SIM_LOCKED;
	struct sim_object *o = primary(device);
	if (!o)
		return CUDA_ERROR_OUT_OF_MEMORY;
	if (!o->context.active) {
		if (!sim_device_take(device, sim.context_bytes))
			return CUDA_ERROR_OUT_OF_MEMORY;
		o->context.active = true;
		o->context.flags = sim.device[device].primary_flags;
		sim_count_new(o);
	}
	o->refs++;
	*context = (CUcontext)(void *)o;
	return CUDA_SUCCESS;
}

/* It stays the same handle, as if it had never been. */
static void deactivate(struct sim_object *o)
{
	sim_context_teardown(o);
	if (!o->context.active)
		return;
	o->context.active = false;
	o->refs = 0;
	o->id = sim_id(); /* no thread has it current any more */
	sim_device_give(o->device, sim.context_bytes);
	sim_account_release(SIM_PRIMARY, (uintptr_t)o, 0, "call");
}

static CUresult release(CUdevice device)
{
	CUresult r = valid_device(device);
	if (r)
		return r;
	SIM_LOCKED;
	struct sim_object *o = primary(device);
	if (!o || !o->context.active) {
		sim_account_error();
		return CUDA_ERROR_INVALID_CONTEXT;
	}
	if (--o->refs == 0)
		deactivate(o);
	return CUDA_SUCCESS;
}

CUresult cuDevicePrimaryCtxRelease(CUdevice device)
{
	SIM_CALL_SLOW(cuDevicePrimaryCtxRelease);
	return release(device);
}

CUresult cuDevicePrimaryCtxRelease_v2(CUdevice device)
{
	SIM_CALL_SLOW(cuDevicePrimaryCtxRelease);
	return release(device);
}

static CUresult reset(CUdevice device)
{
	CUresult r = valid_device(device);
	if (r)
		return r;
	SIM_LOCKED;
	struct sim_object *o = primary(device);
	if (o && o->context.active)
		deactivate(o);
	return CUDA_SUCCESS;
}

CUresult cuDevicePrimaryCtxReset(CUdevice device)
{
	SIM_CALL_SLOW(cuDevicePrimaryCtxReset);
	return reset(device);
}

CUresult cuDevicePrimaryCtxReset_v2(CUdevice device)
{
	SIM_CALL_SLOW(cuDevicePrimaryCtxReset);
	return reset(device);
}

CUresult cuDevicePrimaryCtxGetState(CUdevice device, unsigned *flags, int *active)
{
	SIM_CALL(cuDevicePrimaryCtxGetState);
	CUresult r = valid_device(device);
	if (r || !flags || !active)
		return r ? r : CUDA_ERROR_INVALID_VALUE;
	SIM_LOCKED;
	const struct sim_object *o = sim_at(sim.device[device].primary);
	*flags = sim.device[device].primary_flags;
	*active = o && o->context.active;
	return CUDA_SUCCESS;
}

static CUresult set_flags(CUdevice device, unsigned flags)
{
	CUresult r = valid_device(device);
	if (r || flags & ~(unsigned)CU_CTX_FLAGS_MASK)
		return r ? r : CUDA_ERROR_INVALID_VALUE;
	SIM_LOCKED;
	sim.device[device].primary_flags = flags;
	return CUDA_SUCCESS;
}

CUresult cuDevicePrimaryCtxSetFlags(CUdevice device, unsigned flags)
{
	SIM_CALL(cuDevicePrimaryCtxSetFlags);
	return set_flags(device, flags);
}

CUresult cuDevicePrimaryCtxSetFlags_v2(CUdevice device, unsigned flags)
{
	SIM_CALL(cuDevicePrimaryCtxSetFlags);
	return set_flags(device, flags);
}
