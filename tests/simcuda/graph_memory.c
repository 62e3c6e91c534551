/* SPDX-License-Identifier: MIT */
/*
 * Memory of graphs.  Its address is fixed when the node is made; it is memory from the
 * launch to the free, and stays the device's for graphs until it is trimmed.
 */
#include "sim.h"

CUresult sim_graph_reserve(int device, uint64_t bytes, struct sim_block **block)
{
	uint64_t length = (bytes + SIM_GRANULE - 1) & ~(uint64_t)(SIM_GRANULE - 1);
	struct sim_block *b =
		sim_block(sim_block_new(SIM_ARENA_DEVICE + (unsigned)device, length, SIM_GRANULE));
	if (!b || length > sim.device[device].total) {
		if (b)
			sim_block_delete(sim_block_index(b));
		return CUDA_ERROR_OUT_OF_MEMORY;
	}
	b->kind = SIM_GRAPHROOM;
	b->device = (int8_t)device;
	b->bytes = bytes;
	*block = b;
	return CUDA_SUCCESS;
}

static void high(uint64_t *mark, uint64_t now)
{
	if (now > *mark)
		*mark = now;
}

CUresult sim_graph_live(struct sim_block *b, const struct sim_object *context, uint64_t stream)
{
	struct sim_device *d = &sim.device[b->device];
	uint64_t from_idle = b->length < d->graph_idle ? b->length : d->graph_idle;
	uint64_t handle = (uintptr_t)context;
	d->graph_idle -= from_idle;
	if (!sim_device_take(b->device, b->length - from_idle)) {
		d->graph_idle += from_idle;
		return CUDA_ERROR_OUT_OF_MEMORY;
	}
	d->graph_used += b->length;
	high(&d->graph_used_high, d->graph_used);
	high(&d->graph_high, d->graph_used + d->graph_idle);
	b->kind = SIM_GRAPHMEM;
	b->access = true;
	b->freeing = false;
	b->stream = stream;
	b->id = sim_id();
	struct sim_entry e = {sim_block_address(b), b->bytes, handle, stream, b->device};
	sim_account_create(SIM_GRAPHMEM, &e);
	return CUDA_SUCCESS;
}

void sim_graph_idle(struct sim_block *b, const char *how)
{
	struct sim_device *d = &sim.device[b->device];
	sim_account_release(SIM_GRAPHMEM, sim_block_address(b), b->bytes, how);
	d->graph_used -= b->length;
	d->graph_idle += b->length;
	b->kind = SIM_GRAPHROOM;
	b->access = b->freeing = false;
	if (!b->refs)
		sim_block_delete(sim_block_index(b));
}

void sim_graph_unref(uint32_t block)
{
	struct sim_block *b = sim_block(block);
	if (--b->refs == 0 && b->kind == SIM_GRAPHROOM)
		sim_block_delete(block);
}

void sim_graph_trim(int device)
{
	sim_device_give(device, sim.device[device].graph_idle);
	sim.device[device].graph_idle = 0;
}

static CUresult valid(CUdevice device)
{
	return device >= 0 && (unsigned)device < sim.devices ? CUDA_SUCCESS
							     : CUDA_ERROR_INVALID_DEVICE;
}

CUresult cuDeviceGraphMemTrim(CUdevice device)
{
	SIM_CALL_SLOW(cuDeviceGraphMemTrim);
	CUresult r = valid(device);
	if (r)
		return r;
	SIM_LOCKED;
	sim_graph_trim(device);
	return CUDA_SUCCESS;
}

CUresult cuDeviceGetGraphMemAttribute(CUdevice device, CUgraphMem_attribute what, void *value)
{
	SIM_CALL(cuDeviceGetGraphMemAttribute);
	CUresult r = valid(device);
	if (r || !value)
		return r ? r : CUDA_ERROR_INVALID_VALUE;
	SIM_LOCKED;
	const struct sim_device *d = &sim.device[device];
	uint64_t *out = value;
	switch ((int)what) {
	case CU_GRAPH_MEM_ATTR_USED_MEM_CURRENT: *out = d->graph_used; break;
	case CU_GRAPH_MEM_ATTR_USED_MEM_HIGH: *out = d->graph_used_high; break;
	case CU_GRAPH_MEM_ATTR_RESERVED_MEM_CURRENT: *out = d->graph_used + d->graph_idle; break;
	case CU_GRAPH_MEM_ATTR_RESERVED_MEM_HIGH: *out = d->graph_high; break;
	default: return CUDA_ERROR_INVALID_VALUE;
	}
	return CUDA_SUCCESS;
}

CUresult cuDeviceSetGraphMemAttribute(CUdevice device, CUgraphMem_attribute what, void *value)
{
	SIM_CALL(cuDeviceSetGraphMemAttribute);
	CUresult r = valid(device);
	if (r || !value || *(uint64_t *)value)
		return r ? r : CUDA_ERROR_INVALID_VALUE;
	SIM_LOCKED;
	struct sim_device *d = &sim.device[device];
	if (what == CU_GRAPH_MEM_ATTR_USED_MEM_HIGH)
		d->graph_used_high = d->graph_used;
	else if (what == CU_GRAPH_MEM_ATTR_RESERVED_MEM_HIGH)
		d->graph_high = d->graph_used + d->graph_idle;
	else
		return CUDA_ERROR_INVALID_VALUE;
	return CUDA_SUCCESS;
}
