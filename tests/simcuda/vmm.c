/* SPDX-License-Identifier: MIT */
/*
 * Physical memory and where it is mapped.  It lives as long as there are references to its
 * handle or mappings of it; the handle is gone with the last reference.
 */
#include <unistd.h>

#include "sim.h"

static bool aligned(uint64_t n)
{
	return n % SIM_VMM_GRANULE == 0;
}

static void settle(struct sim_object *memory, const char *how)
{
	memory->dying = memory->refs == 0;
	if (memory->refs || memory->vmm.maps)
		return;
	struct sim_block *b = sim_block(memory->vmm.block);
	if (b)
		sim_memory_delete(b, how);
	sim_delete(memory, how);
}

static struct sim_object *handle_of(CUmemGenericAllocationHandle handle)
{
	return sim_find((const void *)handle, SIM_VMM);
}

static CUresult valid(const CUmemAllocationProp *prop)
{
	if (!prop || prop->type != CU_MEM_ALLOCATION_TYPE_PINNED)
		return CUDA_ERROR_INVALID_VALUE;
	if (prop->location.type != CU_MEM_LOCATION_TYPE_DEVICE)
		return CUDA_ERROR_NOT_SUPPORTED;
	if (prop->location.id < 0 || (unsigned)prop->location.id >= sim.devices)
		return CUDA_ERROR_INVALID_DEVICE;
	return CUDA_SUCCESS;
}

CUresult cuMemCreate(CUmemGenericAllocationHandle *handle, size_t bytes,
		     const CUmemAllocationProp *prop, unsigned long long flags)
{
	SIM_CALL_SLOW(cuMemCreate);
	CUresult r = valid(prop);
	if (r)
		return r;
	if (!handle || !bytes || !aligned(bytes) || flags)
		return CUDA_ERROR_INVALID_VALUE;
	SIM_LOCKED;
	struct sim_block *b;
	r = sim_memory_new(SIM_VMM, prop->location.id, NULL, bytes, SIM_VMM_GRANULE, 0, &b);
	if (r)
		return r;
	struct sim_object *o = sim_new(SIM_VMM, NULL);
	if (!o) {
		sim_memory_delete(b, "call");
		return CUDA_ERROR_OUT_OF_MEMORY;
	}
	o->device = (int8_t)prop->location.id;
	o->bytes = bytes;
	o->vmm.block = sim_block_index(b);
	o->vmm.prop = *prop;
	sim_count_new(o);
	*handle = (uintptr_t)o;
	return CUDA_SUCCESS;
}

CUresult cuMemRelease(CUmemGenericAllocationHandle handle)
{
	SIM_CALL_SLOW(cuMemRelease);
	SIM_LOCKED;
	struct sim_object *o = handle_of(handle);
	if (!o)
		return CUDA_ERROR_INVALID_VALUE;
	o->refs--;
	settle(o, "call");
	return CUDA_SUCCESS;
}

CUresult cuMemRetainAllocationHandle(CUmemGenericAllocationHandle *handle, void *address)
{
	SIM_CALL_SLOW(cuMemRetainAllocationHandle);
	SIM_LOCKED;
	const struct sim_block *m = sim_block_in(SIM_ARENA_MAPS, (uintptr_t)address);
	struct sim_object *o = m ? sim_at(m->owner) : NULL;
	if (!handle || !o)
		return CUDA_ERROR_INVALID_VALUE;
	o->refs++;
	o->dying = false;
	*handle = (uintptr_t)o;
	return CUDA_SUCCESS;
}

CUresult cuMemGetAllocationGranularity(size_t *bytes, const CUmemAllocationProp *prop,
				       CUmemAllocationGranularity_flags which)
{
	SIM_CALL(cuMemGetAllocationGranularity);
	CUresult r = valid(prop);
	if (r || !bytes || (int)which < 0 || (int)which > 1)
		return r ? r : CUDA_ERROR_INVALID_VALUE;
	*bytes = SIM_VMM_GRANULE;
	return CUDA_SUCCESS;
}

CUresult cuMemGetAllocationPropertiesFromHandle(CUmemAllocationProp *prop,
						CUmemGenericAllocationHandle handle)
{
	SIM_CALL(cuMemGetAllocationPropertiesFromHandle);
	SIM_LOCKED;
	const struct sim_object *o = handle_of(handle);
	if (!prop || !o)
		return CUDA_ERROR_INVALID_VALUE;
	*prop = o->vmm.prop;
	return CUDA_SUCCESS;
}

/* ---- addresses ---- */
CUresult cuMemAddressReserve(CUdeviceptr *p, size_t bytes, size_t align, CUdeviceptr hint,
			     unsigned long long flags)
{
	SIM_CALL_SLOW(cuMemAddressReserve);
	if (!p || !bytes || !aligned(bytes) || (align & (align - 1)) || flags)
		return CUDA_ERROR_INVALID_VALUE;
	SIM_LOCKED;
	uint32_t n = hint && aligned(hint) ? sim_block_new_at(SIM_ARENA_RANGES, hint, bytes) : 0;
	if (!n)
		n = sim_block_new(SIM_ARENA_RANGES, bytes,
				  align > SIM_VMM_GRANULE ? align : SIM_VMM_GRANULE);
	struct sim_block *b = sim_block(n);
	if (!b)
		return CUDA_ERROR_OUT_OF_MEMORY;
	b->kind = SIM_RANGE;
	b->bytes = bytes;
	*p = sim_block_address(b);
	struct sim_entry e = {.handle = *p, .bytes = bytes, .device = -1};
	sim_account_create(SIM_RANGE, &e);
	return CUDA_SUCCESS;
}

/* The mapping that starts at ADDRESS or, in [ADDRESS, END), later; 0 = none. */
static uint32_t mapping_from(uint64_t address, uint64_t end)
{
	for (uint32_t n = sim_block_next(SIM_ARENA_MAPS, 0); n;
	     n = sim_block_next(SIM_ARENA_MAPS, n)) {
		uint64_t at = sim_block_address(sim_block(n));
		if (at >= address && at < end)
			return n;
	}
	return 0;
}

CUresult cuMemAddressFree(CUdeviceptr p, size_t bytes)
{
	SIM_CALL_SLOW(cuMemAddressFree);
	SIM_LOCKED;
	struct sim_block *b = sim_block_in(SIM_ARENA_RANGES, p);
	if (!b || b->kind != SIM_RANGE || sim_block_address(b) != p || b->bytes != bytes)
		return sim_unknown();
	if (mapping_from(p, p + bytes))
		return CUDA_ERROR_INVALID_VALUE;
	sim_memory_delete(b, "call");
	return CUDA_SUCCESS;
}

CUresult cuMemMap(CUdeviceptr p, size_t bytes, size_t offset, CUmemGenericAllocationHandle handle,
		  unsigned long long flags)
{
	SIM_CALL_SLOW(cuMemMap);
	SIM_LOCKED;
	struct sim_object *o = handle_of(handle);
	const struct sim_block *range = sim_block_in(SIM_ARENA_RANGES, p);
	if (!o || !bytes || !aligned(bytes) || !aligned(p) || offset || flags || bytes > o->bytes ||
	    !range || range->kind != SIM_RANGE ||
	    p + bytes > sim_block_address(range) + range->bytes)
		return CUDA_ERROR_INVALID_VALUE;
	struct sim_block *m = sim_block(sim_block_new_at(SIM_ARENA_MAPS, p, bytes));
	if (!m)
		return CUDA_ERROR_INVALID_VALUE;
	const struct sim_block *physical = sim_block(o->vmm.block);
	bool shown = physical ? sim_pages_alias(sim_block_address(physical), p, bytes, false)
			      : sim_pages_shared(o->vmm.pid, o->vmm.file, o->vmm.start, p, bytes) &&
					sim_pages_access(p, bytes, false);
	if (!shown) {
		sim_block_delete(sim_block_index(m));
		return CUDA_ERROR_OUT_OF_MEMORY;
	}
	m->kind = SIM_MAPPED;
	m->bytes = bytes;
	m->device = o->device;
	m->owner = sim_slot(o);
	m->access = false;
	o->vmm.maps++;
	return CUDA_SUCCESS;
}

/* Whether mappings cover a range, without a gap and none of them in part. */
static bool covered(uint64_t p, uint64_t bytes)
{
	for (uint64_t at = p; at < p + bytes;) {
		const struct sim_block *m = sim_block_in(SIM_ARENA_MAPS, at);
		if (!m || sim_block_address(m) != at || at + m->bytes > p + bytes)
			return false;
		at += m->bytes;
	}
	return bytes != 0;
}

CUresult cuMemUnmap(CUdeviceptr p, size_t bytes)
{
	SIM_CALL_SLOW(cuMemUnmap);
	SIM_LOCKED;
	sim_run_until(UINT64_MAX);
	if (!covered(p, bytes))
		return sim_unknown();
	for (uint64_t at = p; at < p + bytes;) {
		struct sim_block *m = sim_block_in(SIM_ARENA_MAPS, at);
		struct sim_object *o = sim_at(m->owner);
		uint64_t length = m->bytes;
		sim_pages_hide(at, length);
		sim_block_delete(sim_block_index(m));
		o->vmm.maps--;
		settle(o, "call");
		at += length;
	}
	return CUDA_SUCCESS;
}

CUresult cuMemSetAccess(CUdeviceptr p, size_t bytes, const CUmemAccessDesc *desc, size_t count)
{
	SIM_CALL(cuMemSetAccess);
	if (!desc || !count)
		return CUDA_ERROR_INVALID_VALUE;
	SIM_LOCKED;
	if (!covered(p, bytes))
		return CUDA_ERROR_INVALID_VALUE;
	bool usable = false;
	for (size_t i = 0; i < count; i++)
		usable |= desc[i].flags != CU_MEM_ACCESS_FLAGS_PROT_NONE;
	for (uint64_t at = p; at < p + bytes;) {
		struct sim_block *m = sim_block_in(SIM_ARENA_MAPS, at);
		m->access = usable;
		m->flags = desc[0].flags;
		sim_pages_access(at, m->bytes, usable);
		at += m->bytes;
	}
	return CUDA_SUCCESS;
}

CUresult cuMemGetAccess(unsigned long long *flags, const CUmemLocation *location, CUdeviceptr p)
{
	SIM_CALL(cuMemGetAccess);
	SIM_LOCKED;
	const struct sim_block *m = sim_block_in(SIM_ARENA_MAPS, p);
	if (!flags || !location || !m)
		return CUDA_ERROR_INVALID_VALUE;
	*flags = m->flags;
	return CUDA_SUCCESS;
}

/* ---- to and from other processes ---- */
CUresult cuMemExportToShareableHandle(void *out, CUmemGenericAllocationHandle handle,
				      CUmemAllocationHandleType type, unsigned long long flags)
{
	SIM_CALL(cuMemExportToShareableHandle);
	SIM_LOCKED;
	const struct sim_object *o = handle_of(handle);
	struct sim_shared shared;
	if (!out || !o || flags || type != CU_MEM_HANDLE_TYPE_POSIX_FILE_DESCRIPTOR ||
	    !(o->vmm.prop.requestedHandleTypes & CU_MEM_HANDLE_TYPE_POSIX_FILE_DESCRIPTOR) ||
	    !o->vmm.block || !sim_share(&shared, sim_block(o->vmm.block)))
		return CUDA_ERROR_INVALID_VALUE;
	shared.id = o->id;
	shared.prop.vmm = o->vmm.prop;
	int fd = sim_shared_file(&shared);
	if (fd < 0)
		return CUDA_ERROR_OUT_OF_MEMORY;
	*(int *)out = fd;
	return CUDA_SUCCESS;
}

CUresult cuMemImportFromShareableHandle(CUmemGenericAllocationHandle *handle, void *from,
					CUmemAllocationHandleType type)
{
	SIM_CALL_SLOW(cuMemImportFromShareableHandle);
	SIM_LOCKED;
	struct sim_shared shared;
	if (!handle || type != CU_MEM_HANDLE_TYPE_POSIX_FILE_DESCRIPTOR ||
	    !sim_shared_read(&shared, (int)(intptr_t)from, SIM_VMM))
		return CUDA_ERROR_INVALID_VALUE;
	struct sim_object *o = NULL;
	if (shared.pid == getpid()) { /* another reference to the same memory */
		for (uint32_t at = 0; (o = sim_next(at, SIM_VMM)); at = sim_slot(o)) {
			if (o->id == shared.id)
				break;
		}
		if (!o)
			return CUDA_ERROR_INVALID_VALUE;
		o->refs++;
		o->dying = false;
	} else {
		o = sim_new(SIM_VMM, NULL);
		if (!o)
			return CUDA_ERROR_OUT_OF_MEMORY;
		o->device = (int8_t)shared.device;
		o->bytes = shared.bytes;
		o->vmm.pid = shared.pid;
		o->vmm.file = shared.file;
		o->vmm.start = shared.start;
		o->vmm.prop = shared.prop.vmm;
		sim_count_new(o);
	}
	*handle = (uintptr_t)o;
	return CUDA_SUCCESS;
}
