/* SPDX-License-Identifier: MIT */
/* Device memory: counting it, cuMemAlloc and its kin, and what all kinds of memory share. */
#include "sim.h"

static uint64_t rounded(uint64_t bytes)
{
	return (bytes + SIM_GRANULE - 1) & ~(uint64_t)(SIM_GRANULE - 1);
}

bool sim_device_take(int device, uint64_t bytes)
{
	struct sim_device *d = &sim.device[device];
	if (d->total - d->used < bytes) {
		sim_run_until(UINT64_MAX); /* frees that wait */
		sim_graph_trim(device);
	}
	if (d->used > d->total || d->total - d->used < bytes)
		return false;
	d->used += bytes;
	return true;
}

void sim_device_give(int device, uint64_t bytes)
{
	sim.device[device].used -= bytes;
}

/* Those whose handle is an address; the others are counted where their handle is made. */
static bool counted(enum sim_kind kind)
{
	return kind < SIM_COUNTED && kind != SIM_VMM && kind != SIM_ARRAY && kind != SIM_MIPMAP;
}

CUresult sim_memory_new(enum sim_kind kind, int device, const struct sim_object *context,
			uint64_t bytes, uint64_t align, uint64_t stream, struct sim_block **block)
{
	uint64_t length = rounded(bytes);
	uint32_t ctx = sim_slot(context);
	if (!bytes)
		return CUDA_ERROR_INVALID_VALUE;
	bool host = kind == SIM_PINNED || kind == SIM_MANAGED;
	if (length < bytes || (!host && !sim_device_take(device, length)))
		return CUDA_ERROR_OUT_OF_MEMORY;
	uint32_t b = sim_block_new(host ? SIM_ARENA_HOST : SIM_ARENA_DEVICE + (unsigned)device,
				   length, align ? align : SIM_GRANULE);
	if (!b) {
		if (!host)
			sim_device_give(device, length);
		return CUDA_ERROR_OUT_OF_MEMORY;
	}
	*block = sim_block(b);
	(*block)->kind = (uint8_t)kind;
	(*block)->device = (int8_t)device;
	(*block)->ctx = ctx;
	(*block)->bytes = bytes;
	(*block)->stream = stream;
	(*block)->access = true;
	if (counted(kind)) {
		struct sim_entry e = {sim_block_address(*block), bytes,
				      (uintptr_t)sim_context_handle(ctx), stream, device};
		sim_account_create(kind, &e);
	}
	return CUDA_SUCCESS;
}

void sim_memory_delete(struct sim_block *b, const char *how)
{
	enum sim_kind kind = b->kind;
	uint64_t address = sim_block_address(b);
	if (kind == SIM_GRAPHMEM) {
		sim_graph_idle(b, how);
		return;
	}
	if (counted(kind))
		sim_account_release(kind, address, b->bytes, how);
	uint32_t pool = b->owner;
	uint64_t length = b->length, bytes = b->bytes;
	if (b->arena == SIM_ARENA_RANGES)
		sim_pages_hide(address & ~(uint64_t)4095, length + address % 4096);
	if (b->arena < SIM_MAX_DEVICES && length >= SIM_MIB)
		sim_pages_forget(address, length);
	if (b->arena < SIM_MAX_DEVICES || b->arena == SIM_ARENA_LOW)
		sim_device_give(b->device, length);
	sim_block_delete(sim_block_index(b));
	if (kind == SIM_POOLED)
		sim_pool_gave(pool, bytes, how);
}

struct sim_block *sim_memory_exact(uint64_t address)
{
	struct sim_block *b = sim_block_at(address);
	if (!b || sim_block_address(b) != address)
		return NULL;
	switch (b->kind) {
	case SIM_DEVICE:
	case SIM_PINNED:
	case SIM_MANAGED:
	case SIM_POOLED:
	case SIM_EXTBUF:
	case SIM_GRAPHMEM: return b->freeing ? NULL : b;
	default: return NULL;
	}
}

bool sim_usable(uint64_t address, uint64_t bytes, bool later)
{
	if (address + bytes < address)
		return false;
	while (bytes) {
		const struct sim_block *b = sim_block_at(address);
		if (!b)
			return !sim_ours(address);
		bool room = later && b->kind == SIM_GRAPHROOM;
		if (!room && (!b->access || b->kind == SIM_RANGE || b->kind == SIM_GRAPHROOM ||
			      b->kind == SIM_VMM))
			return false;
		uint64_t rest = sim_block_address(b) + b->bytes - address;
		if (sim_block_address(b) + b->bytes < address)
			return false;
		if (rest >= bytes)
			return true;
		if (b->kind != SIM_MAPPED) /* mappings may follow each other */
			return false;
		bytes -= rest;
		address += rest;
	}
	return true;
}

bool sim_reachable(uint64_t address, uint64_t bytes)
{
	return sim_usable(address, bytes, false);
}

/* ---- cuMemAlloc and cuMemFree ---- */
static CUresult allocate(CUdeviceptr *p, size_t bytes)
{
	if (!p || !bytes)
		return CUDA_ERROR_INVALID_VALUE;
	SIM_LOCKED;
	CUresult r;
	struct sim_object *context = sim_current(&r);
	if (!context)
		return r;
	struct sim_block *b;
	r = sim_memory_new(SIM_DEVICE, context->device, context, bytes, 0, 0, &b);
	if (!r)
		*p = sim_block_address(b);
	return r;
}

CUresult cuMemAlloc_v2(CUdeviceptr *p, size_t bytes)
{
	SIM_CALL_SLOW(cuMemAlloc);
	return allocate(p, bytes);
}

CUresult cuMemAllocPitch_v2(CUdeviceptr *p, size_t *pitch, size_t width, size_t height,
			    unsigned element)
{
	SIM_CALL_SLOW(cuMemAllocPitch);
	if (!pitch || !width || !height || (element != 4 && element != 8 && element != 16))
		return CUDA_ERROR_INVALID_VALUE;
	uint64_t line = rounded(width), bytes;
	if (line < width || __builtin_mul_overflow(line, height, &bytes))
		return CUDA_ERROR_OUT_OF_MEMORY;
	CUresult r = allocate(p, bytes);
	if (!r)
		*pitch = line;
	return r;
}

static CUresult release(uint64_t address)
{
	SIM_LOCKED;
	CUresult r;
	if (!address)
		return CUDA_SUCCESS;
	if (!sim_current(&r))
		return r;
	sim_run_until(UINT64_MAX); /* it waits for all that may use the memory */
	struct sim_block *b = sim_memory_exact(address);
	if (!b || b->kind == SIM_PINNED)
		return sim_unknown();
	sim_memory_delete(b, "call");
	return CUDA_SUCCESS;
}

CUresult cuMemFree_v2(CUdeviceptr p)
{
	SIM_CALL_SLOW(cuMemFree);
	return release(p);
}

/* ---- the first variants, whose addresses have 32 bits ---- */
static CUresult allocate_low(CUdeviceptr_v1 *p, unsigned bytes)
{
	if (!p || !bytes)
		return CUDA_ERROR_INVALID_VALUE;
	SIM_LOCKED;
	CUresult r;
	struct sim_object *context = sim_current(&r);
	if (!context)
		return r;
	uint64_t length = rounded(bytes);
	uint32_t ctx = sim_slot(context);
	int device = context->device;
	if (!sim_device_take(device, length))
		return CUDA_ERROR_OUT_OF_MEMORY;
	struct sim_block *b = sim_block(sim_block_new(SIM_ARENA_LOW, length, SIM_GRANULE));
	if (!b) {
		sim_device_give(device, length);
		return CUDA_ERROR_OUT_OF_MEMORY;
	}
	b->kind = SIM_DEVICE;
	b->device = (int8_t)device;
	b->ctx = ctx;
	b->bytes = bytes;
	b->access = true;
	struct sim_entry e = {sim_block_address(b), bytes, (uintptr_t)sim_context_handle(ctx), 0,
			      device};
	sim_account_create(SIM_DEVICE, &e);
	*p = (CUdeviceptr_v1)e.handle;
	return CUDA_SUCCESS;
}

CUresult cuMemAlloc(CUdeviceptr_v1 *p, unsigned bytes)
{
	SIM_CALL_SLOW(cuMemAlloc);
	return allocate_low(p, bytes);
}

CUresult cuMemAllocPitch(CUdeviceptr_v1 *p, unsigned *pitch, unsigned width, unsigned height,
			 unsigned element)
{
	SIM_CALL_SLOW(cuMemAllocPitch);
	if (!pitch || !width || !height || (element != 4 && element != 8 && element != 16))
		return CUDA_ERROR_INVALID_VALUE;
	uint64_t line = rounded(width), bytes = line * height;
	if (bytes > UINT32_MAX)
		return CUDA_ERROR_OUT_OF_MEMORY;
	CUresult r = allocate_low(p, (unsigned)bytes);
	if (!r)
		*pitch = (unsigned)line;
	return r;
}

CUresult cuMemFree(CUdeviceptr_v1 p)
{
	SIM_CALL_SLOW(cuMemFree);
	return release(p);
}

/* ---- what there is ---- */
static CUresult information(uint64_t *free_bytes, uint64_t *total)
{
	SIM_LOCKED;
	CUresult r;
	const struct sim_object *context = sim_current(&r);
	if (!context)
		return r;
	const struct sim_device *d = &sim.device[context->device];
	*free_bytes = d->total > d->used ? d->total - d->used : 0;
	*total = d->total;
	return CUDA_SUCCESS;
}

CUresult cuMemGetInfo_v2(size_t *free_bytes, size_t *total)
{
	SIM_CALL(cuMemGetInfo);
	uint64_t f, t;
	if (!free_bytes || !total)
		return CUDA_ERROR_INVALID_VALUE;
	CUresult r = information(&f, &t);
	if (!r) {
		*free_bytes = f;
		*total = t;
	}
	return r;
}

CUresult cuMemGetInfo(unsigned *free_bytes, unsigned *total)
{
	SIM_CALL(cuMemGetInfo);
	uint64_t f, t;
	if (!free_bytes || !total)
		return CUDA_ERROR_INVALID_VALUE;
	CUresult r = information(&f, &t);
	if (!r) {
		*free_bytes = f > UINT32_MAX ? UINT32_MAX : (unsigned)f;
		*total = t > UINT32_MAX ? UINT32_MAX : (unsigned)t;
	}
	return r;
}

static CUresult range_of(uint64_t at, uint64_t *base, uint64_t *bytes)
{
	SIM_LOCKED;
	const struct sim_block *b = sim_block_at(at);
	if (!b || b->kind == SIM_RANGE || b->kind == SIM_GRAPHROOM || b->kind == SIM_VMM)
		return CUDA_ERROR_NOT_FOUND;
	*base = sim_block_address(b);
	*bytes = b->bytes;
	return CUDA_SUCCESS;
}

CUresult cuMemGetAddressRange_v2(CUdeviceptr *base, size_t *bytes, CUdeviceptr at)
{
	SIM_CALL(cuMemGetAddressRange);
	uint64_t start, length;
	CUresult r = range_of(at, &start, &length);
	if (!r && base)
		*base = start;
	if (!r && bytes)
		*bytes = length;
	return r;
}

CUresult cuMemGetAddressRange(CUdeviceptr_v1 *base, unsigned *bytes, CUdeviceptr_v1 at)
{
	SIM_CALL(cuMemGetAddressRange);
	uint64_t start, length;
	CUresult r = range_of(at, &start, &length);
	if (!r && base)
		*base = (CUdeviceptr_v1)start;
	if (!r && bytes)
		*bytes = (unsigned)length;
	return r;
}
