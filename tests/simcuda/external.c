/* SPDX-License-Identifier: MIT */
/*
 * External memory and semaphores.  Any file may be imported as either (a driver owns the
 * descriptor from then on); buffers show a memory's pages where they can be mapped, else
 * memory of their own.
 */
#include <unistd.h>

#include "sim.h"

CUresult cuImportExternalMemory(CUexternalMemory *memory, const CUDA_EXTERNAL_MEMORY_HANDLE_DESC *d)
{
	SIM_CALL_SLOW(cuImportExternalMemory);
	if (!memory || !d || !d->size || d->type != CU_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD)
		return CUDA_ERROR_INVALID_VALUE;
	SIM_LOCKED;
	CUresult r;
	const struct sim_object *context = sim_current(&r);
	if (!context)
		return r;
	struct sim_object *o = sim_new(SIM_EXTMEM, context);
	if (!o)
		return CUDA_ERROR_OUT_OF_MEMORY;
	o->bytes = d->size;
	o->external.fd = d->handle.fd;
	sim_count_new(o);
	*memory = (CUexternalMemory)(void *)o;
	return CUDA_SUCCESS;
}

CUresult cuDestroyExternalMemory(CUexternalMemory memory)
{
	SIM_CALL_SLOW(cuDestroyExternalMemory);
	SIM_LOCKED;
	struct sim_object *o = sim_find(memory, SIM_EXTMEM);
	if (!o)
		return CUDA_ERROR_INVALID_HANDLE;
	sim_delete(o, "call");
	return CUDA_SUCCESS;
}

CUresult cuExternalMemoryGetMappedBuffer(CUdeviceptr *p, CUexternalMemory memory,
					 const CUDA_EXTERNAL_MEMORY_BUFFER_DESC *d)
{
	SIM_CALL_SLOW(cuExternalMemoryGetMappedBuffer);
	SIM_LOCKED;
	const struct sim_object *o = sim_find(memory, SIM_EXTMEM);
	if (!p || !d || !o || !d->size || d->flags || d->offset + d->size < d->size ||
	    d->offset + d->size > o->bytes)
		return CUDA_ERROR_INVALID_VALUE;
	uint64_t length = (d->size + 4095) & ~(uint64_t)4095;
	struct sim_block *b = sim_block(sim_block_new(SIM_ARENA_RANGES, length, 4096));
	if (!b)
		return CUDA_ERROR_OUT_OF_MEMORY;
	uint64_t at = sim_block_address(b);
	if (d->offset % 4096 || !sim_pages_shared(getpid(), o->external.fd, d->offset, at, length))
		sim_pages_plain(at, length);
	b->kind = SIM_EXTBUF;
	b->device = o->device;
	b->ctx = o->ctx;
	b->bytes = d->size;
	b->access = true;
	struct sim_entry e = {at, d->size, (uintptr_t)sim_context_handle(o->ctx), 0, o->device};
	sim_account_create(SIM_EXTBUF, &e);
	*p = at;
	return CUDA_SUCCESS;
}

CUresult cuExternalMemoryGetMappedMipmappedArray(CUmipmappedArray *array, CUexternalMemory memory,
						 const CUDA_EXTERNAL_MEMORY_MIPMAPPED_ARRAY_DESC *d)
{
	SIM_CALL_SLOW(cuExternalMemoryGetMappedMipmappedArray);
	SIM_LOCKED;
	const struct sim_object *o = sim_find(memory, SIM_EXTMEM);
	if (!array || !d || !o || !d->numLevels || !d->arrayDesc.Width)
		return CUDA_ERROR_INVALID_VALUE;
	struct sim_object *context = sim_at(o->ctx);
	return context ? sim_mipmap_new(array, &d->arrayDesc, d->numLevels, context)
		       : CUDA_ERROR_INVALID_CONTEXT;
}

/* ---- semaphores: done as soon as they are waited for ---- */
CUresult cuImportExternalSemaphore(CUexternalSemaphore *semaphore,
				   const CUDA_EXTERNAL_SEMAPHORE_HANDLE_DESC *d)
{
	SIM_CALL_SLOW(cuImportExternalSemaphore);
	if (!semaphore || !d || (int)d->type < 1)
		return CUDA_ERROR_INVALID_VALUE;
	bool file = d->type == CU_EXTERNAL_SEMAPHORE_HANDLE_TYPE_OPAQUE_FD ||
		    d->type == CU_EXTERNAL_SEMAPHORE_HANDLE_TYPE_TIMELINE_SEMAPHORE_FD;
	SIM_LOCKED;
	CUresult r;
	const struct sim_object *context = sim_current(&r);
	if (!context)
		return r;
	struct sim_object *o = sim_new(SIM_EXTSEM, context);
	if (!o)
		return CUDA_ERROR_OUT_OF_MEMORY;
	o->external.fd = file ? d->handle.fd : -1;
	sim_count_new(o);
	*semaphore = (CUexternalSemaphore)(void *)o;
	return CUDA_SUCCESS;
}

CUresult cuDestroyExternalSemaphore(CUexternalSemaphore semaphore)
{
	SIM_CALL_SLOW(cuDestroyExternalSemaphore);
	SIM_LOCKED;
	struct sim_object *o = sim_find(semaphore, SIM_EXTSEM);
	if (!o)
		return CUDA_ERROR_INVALID_HANDLE;
	sim_delete(o, "call");
	return CUDA_SUCCESS;
}

static CUresult all_live(const CUexternalSemaphore *semaphores, unsigned count, CUstream stream)
{
	SIM_LOCKED;
	struct sim_where where;
	CUresult r = sim_where(stream, &where);
	for (unsigned i = 0; !r && i < count; i++) {
		if (!sim_find(semaphores[i], SIM_EXTSEM))
			r = CUDA_ERROR_INVALID_HANDLE;
	}
	return r;
}

CUresult cuSignalExternalSemaphoresAsync(const CUexternalSemaphore *semaphores,
					 const CUDA_EXTERNAL_SEMAPHORE_SIGNAL_PARAMS *params,
					 unsigned count, CUstream stream)
{
	SIM_CALL(cuSignalExternalSemaphoresAsync);
	return !semaphores || !params ? CUDA_ERROR_INVALID_VALUE
				      : all_live(semaphores, count, stream);
}

CUresult cuWaitExternalSemaphoresAsync(const CUexternalSemaphore *semaphores,
				       const CUDA_EXTERNAL_SEMAPHORE_WAIT_PARAMS *params,
				       unsigned count, CUstream stream)
{
	SIM_CALL(cuWaitExternalSemaphoresAsync);
	return !semaphores || !params ? CUDA_ERROR_INVALID_VALUE
				      : all_live(semaphores, count, stream);
}
