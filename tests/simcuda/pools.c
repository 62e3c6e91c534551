/* SPDX-License-Identifier: MIT */
/*
 * Pools and allocation in stream order.  A freed piece is the pool's again when the stream
 * has come that far; a destroyed pool stays until its last allocation is gone.
 */
#include <string.h>
#include <unistd.h>

#include "sim.h"

uint32_t sim_pool_new(int device, bool standard)
{
	struct sim_object *o = sim_new(SIM_POOL, NULL);
	if (!o)
		return 0;
	o->device = (int8_t)device;
	o->pool.standard = standard;
	for (int i = 0; i < 3; i++)
		o->pool.reuse[i] = 1;
	return sim_slot(o);
}

static void settle(struct sim_object *pool, const char *how)
{
	if (pool->dying && !pool->pool.live)
		sim_delete(pool, how);
}

void sim_pool_gave(uint32_t slot, uint64_t bytes, const char *how)
{
	struct sim_object *pool = sim_at(slot);
	if (!pool || pool->kind != SIM_POOL)
		return;
	pool->pool.used -= bytes;
	pool->pool.live--;
	settle(pool, how);
}

static void count_use(struct sim_object *pool, uint64_t bytes)
{
	pool->pool.live++;
	pool->pool.used += bytes;
	if (pool->pool.used > pool->pool.used_high)
		pool->pool.used_high = pool->pool.used;
	if (pool->pool.used > pool->pool.reserved_high)
		pool->pool.reserved_high = pool->pool.used;
}

static CUresult allocate(CUdeviceptr *p, size_t bytes, struct sim_object *pool,
			 const struct sim_where *where, CUstream stream)
{
	if (!bytes)
		return CUDA_ERROR_INVALID_VALUE;
	if (sim_capturing(where)) {
		struct sim_block *b;
		CUresult r = sim_graph_reserve(pool->device, bytes, &b);
		if (r)
			return r;
		struct sim_node_params params = {.block = sim_block_index(b)};
		params.given.alloc.bytesize = bytes;
		params.given.alloc.poolProps.allocType = CU_MEM_ALLOCATION_TYPE_PINNED;
		params.given.alloc.poolProps.location =
			(CUmemLocation){CU_MEM_LOCATION_TYPE_DEVICE, pool->device};
		r = sim_capture_add(where, CU_GRAPH_NODE_TYPE_MEM_ALLOC, &params);
		if (!r)
			*p = sim_block_address(b);
		return r;
	}
	uint32_t slot = sim_slot(pool);
	sim_run_frees(where->key);
	if (pool->pool.limit && pool->pool.used + bytes > pool->pool.limit)
		return CUDA_ERROR_OUT_OF_MEMORY;
	struct sim_block *b;
	CUresult r = sim_memory_new(SIM_POOLED, pool->device, where->context, bytes, 0,
				    (uintptr_t)stream, &b);
	if (r)
		return r;
	b->owner = slot;
	pool = sim_at(slot); /* the lock may have been released meanwhile */
	if (pool && pool->kind == SIM_POOL)
		count_use(pool, bytes);
	*p = sim_block_address(b);
	return CUDA_SUCCESS;
}

CUresult cuMemAllocAsync(CUdeviceptr *p, size_t bytes, CUstream stream)
{
	SIM_CALL_SLOW(cuMemAllocAsync);
	SIM_LOCKED;
	struct sim_where where;
	CUresult r = sim_where(stream, &where);
	if (r || !p)
		return r ? r : CUDA_ERROR_INVALID_VALUE;
	return allocate(p, bytes, sim_at(sim.device[where.context->device].pool), &where, stream);
}

CUresult cuMemAllocFromPoolAsync(CUdeviceptr *p, size_t bytes, CUmemoryPool pool, CUstream stream)
{
	SIM_CALL_SLOW(cuMemAllocFromPoolAsync);
	SIM_LOCKED;
	struct sim_where where;
	CUresult r = sim_where(stream, &where);
	struct sim_object *o = sim_find(pool, SIM_POOL);
	if (r || !p || !o || o->pool.imported)
		return r ? r : CUDA_ERROR_INVALID_VALUE;
	return allocate(p, bytes, o, &where, stream);
}

/* ---- frees in stream order ---- */
struct late_free {
	uint32_t block;
	uint64_t id;
};

static void free_now(void *data)
{
	const struct late_free *f = data;
	SIM_LOCKED;
	struct sim_block *b = sim_block(f->block);
	if (b->used && b->id == f->id)
		sim_memory_delete(b, "call");
}

CUresult cuMemFreeAsync(CUdeviceptr p, CUstream stream)
{
	SIM_CALL_SLOW(cuMemFreeAsync);
	SIM_LOCKED;
	struct sim_where where;
	CUresult r = sim_where(stream, &where);
	if (r)
		return r;
	if (!p)
		return CUDA_ERROR_INVALID_VALUE;
	if (sim_capturing(&where)) {
		const struct sim_block *room = sim_block_at(p);
		if (!room || (room->kind != SIM_GRAPHROOM && room->kind != SIM_GRAPHMEM) ||
		    sim_block_address(room) != p)
			return sim_unknown();
		struct sim_node_params params = {.block = sim_block_index(room)};
		return sim_capture_add(&where, CU_GRAPH_NODE_TYPE_MEM_FREE, &params);
	}
	struct sim_block *b = sim_memory_exact(p);
	if (!b || b->kind == SIM_PINNED || b->kind == SIM_EXTBUF)
		return sim_unknown();
	struct late_free f = {sim_block_index(b), b->id};
	b->freeing = true; /* before, since the work may be done at once */
	r = sim_submit(&where, free_now, &f, sizeof f, true);
	if (r)
		b->freeing = false;
	return r;
}

/* ---- pools themselves ---- */
CUresult cuMemPoolCreate(CUmemoryPool *pool, const CUmemPoolProps *props)
{
	SIM_CALL_SLOW(cuMemPoolCreate);
	if (!pool || !props || props->allocType != CU_MEM_ALLOCATION_TYPE_PINNED ||
	    props->location.type != CU_MEM_LOCATION_TYPE_DEVICE)
		return CUDA_ERROR_INVALID_VALUE;
	if (props->location.id < 0 || (unsigned)props->location.id >= sim.devices)
		return CUDA_ERROR_INVALID_DEVICE;
	SIM_LOCKED;
	struct sim_object *o = sim_at(sim_pool_new(props->location.id, false));
	if (!o)
		return CUDA_ERROR_OUT_OF_MEMORY;
	o->pool.handles = (int)props->handleTypes;
	o->pool.limit = props->maxSize;
	sim_count_new(o);
	*pool = (CUmemoryPool)(void *)o;
	return CUDA_SUCCESS;
}

CUresult cuMemPoolDestroy(CUmemoryPool pool)
{
	SIM_CALL_SLOW(cuMemPoolDestroy);
	SIM_LOCKED;
	struct sim_object *o = sim_find(pool, SIM_POOL);
	if (!o || o->pool.standard)
		return CUDA_ERROR_INVALID_VALUE;
	for (unsigned i = 0; i < sim.devices; i++) {
		if (sim.device[i].pool == sim_slot(o))
			sim.device[i].pool = sim.device[i].standard_pool;
	}
	o->dying = true;
	settle(o, "call");
	return CUDA_SUCCESS;
}

CUresult cuMemPoolTrimTo(CUmemoryPool pool, size_t keep)
{
	SIM_CALL(cuMemPoolTrimTo);
	(void)keep;
	SIM_LOCKED;
	return sim_find(pool, SIM_POOL) ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

CUresult cuMemPoolSetAttribute(CUmemoryPool pool, CUmemPool_attribute what, void *value)
{
	SIM_CALL(cuMemPoolSetAttribute);
	SIM_LOCKED;
	struct sim_object *o = sim_find(pool, SIM_POOL);
	if (!o || !value)
		return CUDA_ERROR_INVALID_VALUE;
	switch ((int)what) {
	case CU_MEMPOOL_ATTR_REUSE_FOLLOW_EVENT_DEPENDENCIES:
	case CU_MEMPOOL_ATTR_REUSE_ALLOW_OPPORTUNISTIC:
	case CU_MEMPOOL_ATTR_REUSE_ALLOW_INTERNAL_DEPENDENCIES:
		o->pool.reuse[what - CU_MEMPOOL_ATTR_REUSE_FOLLOW_EVENT_DEPENDENCIES] =
			(uint32_t) * (int *)value;
		return CUDA_SUCCESS;
	case CU_MEMPOOL_ATTR_RELEASE_THRESHOLD:
		o->pool.threshold = *(uint64_t *)value;
		return CUDA_SUCCESS;
	case CU_MEMPOOL_ATTR_RESERVED_MEM_HIGH:
	case CU_MEMPOOL_ATTR_USED_MEM_HIGH:
		if (*(uint64_t *)value)
			return CUDA_ERROR_INVALID_VALUE;
		*(what == CU_MEMPOOL_ATTR_USED_MEM_HIGH ? &o->pool.used_high
							: &o->pool.reserved_high) = o->pool.used;
		return CUDA_SUCCESS;
	default: return CUDA_ERROR_INVALID_VALUE;
	}
}

CUresult cuMemPoolGetAttribute(CUmemoryPool pool, CUmemPool_attribute what, void *value)
{
	SIM_CALL(cuMemPoolGetAttribute);
	SIM_LOCKED;
	const struct sim_object *o = sim_find(pool, SIM_POOL);
	if (!o || !value)
		return CUDA_ERROR_INVALID_VALUE;
	uint64_t *wide = value;
	switch ((int)what) {
	case CU_MEMPOOL_ATTR_REUSE_FOLLOW_EVENT_DEPENDENCIES:
	case CU_MEMPOOL_ATTR_REUSE_ALLOW_OPPORTUNISTIC:
	case CU_MEMPOOL_ATTR_REUSE_ALLOW_INTERNAL_DEPENDENCIES:
		*(int *)value =
			(int)o->pool.reuse[what - CU_MEMPOOL_ATTR_REUSE_FOLLOW_EVENT_DEPENDENCIES];
		break;
	case CU_MEMPOOL_ATTR_RELEASE_THRESHOLD: *wide = o->pool.threshold; break;
	case CU_MEMPOOL_ATTR_RESERVED_MEM_CURRENT:
	case CU_MEMPOOL_ATTR_USED_MEM_CURRENT: *wide = o->pool.used; break;
	case CU_MEMPOOL_ATTR_RESERVED_MEM_HIGH: *wide = o->pool.reserved_high; break;
	case CU_MEMPOOL_ATTR_USED_MEM_HIGH: *wide = o->pool.used_high; break;
	default: return CUDA_ERROR_INVALID_VALUE;
	}
	return CUDA_SUCCESS;
}

CUresult cuMemPoolSetAccess(CUmemoryPool pool, const CUmemAccessDesc *desc, size_t count)
{
	SIM_CALL(cuMemPoolSetAccess);
	SIM_LOCKED;
	return sim_find(pool, SIM_POOL) && desc && count ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

CUresult cuMemPoolGetAccess(CUmemAccess_flags *flags, CUmemoryPool pool, CUmemLocation *location)
{
	SIM_CALL(cuMemPoolGetAccess);
	SIM_LOCKED;
	const struct sim_object *o = sim_find(pool, SIM_POOL);
	if (!flags || !location || !o)
		return CUDA_ERROR_INVALID_VALUE;
	*flags = location->id == o->device ? CU_MEM_ACCESS_FLAGS_PROT_READWRITE
					   : CU_MEM_ACCESS_FLAGS_PROT_NONE;
	return CUDA_SUCCESS;
}

static CUresult pool_of(CUmemoryPool *pool, CUdevice device, bool standard)
{
	if (!pool)
		return CUDA_ERROR_INVALID_VALUE;
	if (device < 0 || (unsigned)device >= sim.devices)
		return CUDA_ERROR_INVALID_DEVICE;
	SIM_LOCKED;
	const struct sim_device *d = &sim.device[device];
	*pool = (CUmemoryPool)(void *)sim_at(standard ? d->standard_pool : d->pool);
	return CUDA_SUCCESS;
}

CUresult cuDeviceGetDefaultMemPool(CUmemoryPool *pool, CUdevice device)
{
	SIM_CALL(cuDeviceGetDefaultMemPool);
	return pool_of(pool, device, true);
}

CUresult cuDeviceGetMemPool(CUmemoryPool *pool, CUdevice device)
{
	SIM_CALL(cuDeviceGetMemPool);
	return pool_of(pool, device, false);
}

static CUresult set_pool(CUdevice device, CUmemoryPool pool)
{
	if (device < 0 || (unsigned)device >= sim.devices)
		return CUDA_ERROR_INVALID_DEVICE;
	SIM_LOCKED;
	const struct sim_object *o = sim_find(pool, SIM_POOL);
	if (!o || o->device != device)
		return CUDA_ERROR_INVALID_VALUE;
	sim.device[device].pool = sim_slot(o);
	return CUDA_SUCCESS;
}

CUresult cuDeviceSetMemPool(CUdevice device, CUmemoryPool pool)
{
	SIM_CALL(cuDeviceSetMemPool);
	return set_pool(device, pool);
}

/* By location; those of the host are not simulated. */
static CUresult by_location(const CUmemLocation *location, CUmemAllocationType type)
{
	if (!location || type != CU_MEM_ALLOCATION_TYPE_PINNED)
		return CUDA_ERROR_INVALID_VALUE;
	return location->type == CU_MEM_LOCATION_TYPE_DEVICE ? CUDA_SUCCESS
							     : CUDA_ERROR_NOT_SUPPORTED;
}

CUresult cuMemGetDefaultMemPool(CUmemoryPool *pool, CUmemLocation *location,
				CUmemAllocationType type)
{
	SIM_CALL(cuMemGetDefaultMemPool);
	CUresult r = by_location(location, type);
	return r ? r : pool_of(pool, location->id, true);
}

CUresult cuMemGetMemPool(CUmemoryPool *pool, CUmemLocation *location, CUmemAllocationType type)
{
	SIM_CALL(cuMemGetMemPool);
	CUresult r = by_location(location, type);
	return r ? r : pool_of(pool, location->id, false);
}

CUresult cuMemSetMemPool(CUmemLocation *location, CUmemAllocationType type, CUmemoryPool pool)
{
	SIM_CALL(cuMemSetMemPool);
	CUresult r = by_location(location, type);
	return r ? r : set_pool(location->id, pool);
}

/* ---- to and from other processes ---- */
CUresult cuMemPoolExportToShareableHandle(void *out, CUmemoryPool pool,
					  CUmemAllocationHandleType type, unsigned long long flags)
{
	SIM_CALL(cuMemPoolExportToShareableHandle);
	SIM_LOCKED;
	const struct sim_object *o = sim_find(pool, SIM_POOL);
	if (!out || !o || flags || type != CU_MEM_HANDLE_TYPE_POSIX_FILE_DESCRIPTOR ||
	    !(o->pool.handles & CU_MEM_HANDLE_TYPE_POSIX_FILE_DESCRIPTOR))
		return CUDA_ERROR_INVALID_VALUE;
	struct sim_shared shared = {.magic = "simcuda",
				    .pid = getpid(),
				    .device = o->device,
				    .kind = SIM_POOL,
				    .id = o->id};
	int fd = sim_shared_file(&shared);
	if (fd < 0)
		return CUDA_ERROR_OUT_OF_MEMORY;
	*(int *)out = fd;
	return CUDA_SUCCESS;
}

CUresult cuMemPoolImportFromShareableHandle(CUmemoryPool *pool, void *from,
					    CUmemAllocationHandleType type,
					    unsigned long long flags)
{
	SIM_CALL_SLOW(cuMemPoolImportFromShareableHandle);
	SIM_LOCKED;
	struct sim_shared shared;
	if (!pool || flags || type != CU_MEM_HANDLE_TYPE_POSIX_FILE_DESCRIPTOR ||
	    !sim_shared_read(&shared, (int)(intptr_t)from, SIM_POOL))
		return CUDA_ERROR_INVALID_VALUE;
	struct sim_object *o = sim_at(sim_pool_new(shared.device, false));
	if (!o)
		return CUDA_ERROR_OUT_OF_MEMORY;
	o->pool.imported = true;
	sim_count_new(o);
	*pool = (CUmemoryPool)(void *)o;
	return CUDA_SUCCESS;
}

CUresult cuMemPoolExportPointer(CUmemPoolPtrExportData *out, CUdeviceptr p)
{
	SIM_CALL(cuMemPoolExportPointer);
	SIM_LOCKED;
	const struct sim_block *b = sim_memory_exact(p);
	struct sim_shared shared;
	if (!out || !b || b->kind != SIM_POOLED || b->imported || !sim_share(&shared, b))
		return CUDA_ERROR_INVALID_VALUE;
	*out = (CUmemPoolPtrExportData){{0}};
	memcpy(out, &shared, offsetof(struct sim_shared, prop));
	return CUDA_SUCCESS;
}

CUresult cuMemPoolImportPointer(CUdeviceptr *p, CUmemoryPool pool, CUmemPoolPtrExportData *data)
{
	SIM_CALL_SLOW(cuMemPoolImportPointer);
	SIM_LOCKED;
	struct sim_object *o = sim_find(pool, SIM_POOL);
	struct sim_shared shared = {0};
	if (!p || !data || !o || !o->pool.imported)
		return CUDA_ERROR_INVALID_VALUE;
	memcpy(&shared, data, offsetof(struct sim_shared, prop));
	if (!sim_shared_valid(&shared, SIM_POOLED))
		return CUDA_ERROR_INVALID_VALUE;
	struct sim_block *b;
	CUresult r = sim_alias_new(SIM_POOLED, &shared, NULL, &b);
	if (r)
		return r;
	b->owner = sim_slot(o);
	count_use(o, b->bytes);
	*p = sim_block_address(b);
	return CUDA_SUCCESS;
}
