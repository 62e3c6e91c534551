/* SPDX-License-Identifier: MIT */
/* Memory of the host that devices can use: pinned, managed and registered. */
#include "sim.h"

static CUresult pinned(void **p, size_t bytes, unsigned flags)
{
	if (!p || !bytes || flags & ~7u)
		return CUDA_ERROR_INVALID_VALUE;
	SIM_LOCKED;
	CUresult r;
	struct sim_object *context = sim_current(&r);
	if (!context)
		return r;
	struct sim_block *b;
	r = sim_memory_new(SIM_PINNED, context->device, context, bytes, 4096, 0, &b);
	if (r)
		return r;
	b->flags = flags;
	*p = (void *)sim_block_address(b);
	return CUDA_SUCCESS;
}

CUresult cuMemAllocHost_v2(void **p, size_t bytes)
{
	SIM_CALL_SLOW(cuMemAllocHost);
	return pinned(p, bytes, CU_MEMHOSTALLOC_DEVICEMAP);
}

CUresult cuMemAllocHost(void **p, unsigned bytes)
{
	SIM_CALL_SLOW(cuMemAllocHost);
	return pinned(p, bytes, CU_MEMHOSTALLOC_DEVICEMAP);
}

CUresult cuMemHostAlloc(void **p, size_t bytes, unsigned flags)
{
	SIM_CALL_SLOW(cuMemHostAlloc);
	return pinned(p, bytes, flags);
}

CUresult cuMemFreeHost(void *p)
{
	SIM_CALL_SLOW(cuMemFreeHost);
	SIM_LOCKED;
	CUresult r;
	if (!sim_current(&r))
		return r;
	sim_run_until(UINT64_MAX);
	struct sim_block *b = sim_memory_exact((uintptr_t)p);
	if (!b || b->kind != SIM_PINNED)
		return sim_unknown();
	sim_memory_delete(b, "call");
	return CUDA_SUCCESS;
}

CUresult cuMemAllocManaged(CUdeviceptr *p, size_t bytes, unsigned flags)
{
	SIM_CALL_SLOW(cuMemAllocManaged);
	if (!p || !bytes || (flags != CU_MEM_ATTACH_GLOBAL && flags != CU_MEM_ATTACH_HOST))
		return CUDA_ERROR_INVALID_VALUE;
	SIM_LOCKED;
	CUresult r;
	struct sim_object *context = sim_current(&r);
	if (!context)
		return r;
	struct sim_block *b;
	r = sim_memory_new(SIM_MANAGED, context->device, context, bytes, 4096, 0, &b);
	if (!r)
		*p = sim_block_address(b);
	return r;
}

/* ---- registered: the program's own memory ---- */
struct sim_object *sim_registered(uint64_t address)
{
	struct sim_object *o = NULL;
	for (uint32_t at = 0; (o = sim_next(at, SIM_REGISTERED)); at = sim_slot(o)) {
		uint64_t start = ~o->registered.address;
		if (address >= start && address - start < o->bytes)
			return o;
	}
	return NULL;
}

static CUresult enlist(void *p, size_t bytes, unsigned flags)
{
	if (!p || !bytes || flags & ~15u || (uintptr_t)p + bytes < (uintptr_t)p)
		return CUDA_ERROR_INVALID_VALUE;
	SIM_LOCKED;
	CUresult r;
	struct sim_object *context = sim_current(&r), *o = NULL;
	if (!context)
		return r;
	for (uint32_t at = 0; (o = sim_next(at, SIM_REGISTERED)); at = sim_slot(o)) {
		uint64_t start = ~o->registered.address;
		if ((uintptr_t)p < start + o->bytes && start < (uintptr_t)p + bytes)
			return CUDA_ERROR_HOST_MEMORY_ALREADY_REGISTERED;
	}
	if (sim_block_at((uintptr_t)p))
		return CUDA_ERROR_HOST_MEMORY_ALREADY_REGISTERED;
	o = sim_new(SIM_REGISTERED, context);
	if (!o)
		return CUDA_ERROR_OUT_OF_MEMORY;
	o->bytes = bytes;
	o->registered.address = ~(uint64_t)(uintptr_t)p;
	o->registered.flags = flags;
	struct sim_entry e = {(uintptr_t)p, bytes, (uintptr_t)context, 0, context->device};
	sim_account_create(SIM_REGISTERED, &e);
	return CUDA_SUCCESS;
}

CUresult cuMemHostRegister(void *p, size_t bytes, unsigned flags)
{
	SIM_CALL_SLOW(cuMemHostRegister);
	return enlist(p, bytes, flags);
}

CUresult cuMemHostRegister_v2(void *p, size_t bytes, unsigned flags)
{
	SIM_CALL_SLOW(cuMemHostRegister);
	return enlist(p, bytes, flags);
}

CUresult cuMemHostUnregister(void *p)
{
	SIM_CALL_SLOW(cuMemHostUnregister);
	SIM_LOCKED;
	CUresult r;
	if (!sim_current(&r))
		return r;
	struct sim_object *o = p ? sim_registered((uintptr_t)p) : NULL;
	if (!o || ~o->registered.address != (uintptr_t)p) {
		sim_account_error();
		return CUDA_ERROR_HOST_MEMORY_NOT_REGISTERED;
	}
	sim_delete(o, "call");
	return CUDA_SUCCESS;
}

static CUresult device_pointer(uint64_t *device, void *p, unsigned flags)
{
	SIM_LOCKED;
	const struct sim_block *b = sim_block_at((uintptr_t)p);
	if (flags || !((b && b->kind == SIM_PINNED) || sim_registered((uintptr_t)p)))
		return CUDA_ERROR_INVALID_VALUE;
	*device = (uintptr_t)p;
	return CUDA_SUCCESS;
}

CUresult cuMemHostGetDevicePointer_v2(CUdeviceptr *device, void *p, unsigned flags)
{
	SIM_CALL(cuMemHostGetDevicePointer);
	uint64_t address;
	CUresult r = device ? device_pointer(&address, p, flags) : CUDA_ERROR_INVALID_VALUE;
	if (!r)
		*device = address;
	return r;
}

CUresult cuMemHostGetDevicePointer(CUdeviceptr_v1 *device, void *p, unsigned flags)
{
	SIM_CALL(cuMemHostGetDevicePointer);
	uint64_t address;
	CUresult r = device ? device_pointer(&address, p, flags) : CUDA_ERROR_INVALID_VALUE;
	if (!r)
		*device = (CUdeviceptr_v1)address;
	return r;
}

CUresult cuMemHostGetFlags(unsigned *flags, void *p)
{
	SIM_CALL(cuMemHostGetFlags);
	SIM_LOCKED;
	const struct sim_block *b = sim_block_at((uintptr_t)p);
	const struct sim_object *o = sim_registered((uintptr_t)p);
	if (!flags || !((b && b->kind == SIM_PINNED) || o))
		return CUDA_ERROR_INVALID_VALUE;
	*flags = o ? o->registered.flags : b->flags;
	return CUDA_SUCCESS;
}

/* Advice changes nothing here. */
static CUresult advice(CUdeviceptr p, size_t bytes)
{
	SIM_LOCKED;
	return bytes && sim_reachable(p, bytes) ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

CUresult cuMemAdvise(CUdeviceptr p, size_t bytes, CUmem_advise what, CUdevice device)
{
	SIM_CALL(cuMemAdvise);
	(void)what, (void)device;
	return advice(p, bytes);
}

CUresult cuMemAdvise_v2(CUdeviceptr p, size_t bytes, CUmem_advise what, CUmemLocation where)
{
	SIM_CALL(cuMemAdvise);
	(void)what, (void)where;
	return advice(p, bytes);
}

static CUresult prefetch(CUdeviceptr p, size_t bytes, CUstream stream)
{
	SIM_LOCKED;
	struct sim_where w;
	CUresult r = sim_where(stream, &w);
	return r ? r : bytes && sim_reachable(p, bytes) ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

CUresult cuMemPrefetchAsync(CUdeviceptr p, size_t bytes, CUdevice device, CUstream stream)
{
	SIM_CALL(cuMemPrefetchAsync);
	(void)device;
	return prefetch(p, bytes, stream);
}

CUresult cuMemPrefetchAsync_v2(CUdeviceptr p, size_t bytes, CUmemLocation where, unsigned flags,
			       CUstream stream)
{
	SIM_CALL(cuMemPrefetchAsync);
	(void)where;
	return flags ? CUDA_ERROR_INVALID_VALUE : prefetch(p, bytes, stream);
}

CUresult cuMemRangeGetAttribute(void *data, size_t size, CUmem_range_attribute what, CUdeviceptr p,
				size_t bytes)
{
	SIM_CALL(cuMemRangeGetAttribute);
	(void)what;
	if (!data || size < sizeof(int))
		return CUDA_ERROR_INVALID_VALUE;
	CUresult r = advice(p, bytes);
	if (!r)
		*(int *)data = 0;
	return r;
}

CUresult cuMemRangeGetAttributes(void **data, size_t *sizes, CUmem_range_attribute *what,
				 size_t count, CUdeviceptr p, size_t bytes)
{
	CUresult r = data && sizes && what ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
	for (size_t i = 0; !r && i < count; i++)
		r = cuMemRangeGetAttribute(data[i], sizes[i], what[i], p, bytes);
	return r;
}
