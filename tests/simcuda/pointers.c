/* SPDX-License-Identifier: MIT */
/* What the driver says of an address. */
#include <string.h>

#include "sim.h"

/* What is known of it: BLOCK or REGISTERED, else nothing. */
static CUresult tell(void *data, CUpointer_attribute what, CUdeviceptr p, const struct sim_block *b,
		     const struct sim_object *o)
{
	bool host = o || b->kind == SIM_PINNED;
	uint64_t start = o ? ~o->registered.address : sim_block_address(b);
	switch ((int)what) {
	case CU_POINTER_ATTRIBUTE_CONTEXT:
		*(CUcontext *)data = sim_context_handle(o ? o->ctx : b->ctx);
		/* Memory that no context owns has none; programs take it as an error. */
		return *(CUcontext *)data ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
	case CU_POINTER_ATTRIBUTE_MEMORY_TYPE:
		*(unsigned *)data = host ? CU_MEMORYTYPE_HOST : CU_MEMORYTYPE_DEVICE;
		break;
	case CU_POINTER_ATTRIBUTE_DEVICE_POINTER: *(CUdeviceptr *)data = p; break;
	case CU_POINTER_ATTRIBUTE_HOST_POINTER:
		if (!host && b->kind != SIM_MANAGED)
			return CUDA_ERROR_INVALID_VALUE;
		*(void **)data = (void *)(uintptr_t)p;
		break;
	case CU_POINTER_ATTRIBUTE_SYNC_MEMOPS: *(int *)data = 0; break;
	case CU_POINTER_ATTRIBUTE_BUFFER_ID: *(unsigned long long *)data = o ? o->id : b->id; break;
	case CU_POINTER_ATTRIBUTE_IS_MANAGED: *(int *)data = b && b->kind == SIM_MANAGED; break;
	case CU_POINTER_ATTRIBUTE_DEVICE_ORDINAL: *(int *)data = o ? o->device : b->device; break;
	case CU_POINTER_ATTRIBUTE_IS_LEGACY_CUDA_IPC_CAPABLE:
		*(int *)data = b && b->kind == SIM_DEVICE;
		break;
	case CU_POINTER_ATTRIBUTE_RANGE_START_ADDR: *(CUdeviceptr *)data = start; break;
	case CU_POINTER_ATTRIBUTE_RANGE_SIZE: *(size_t *)data = o ? o->bytes : b->bytes; break;
	case CU_POINTER_ATTRIBUTE_MAPPED: *(int *)data = 1; break;
	case CU_POINTER_ATTRIBUTE_ALLOWED_HANDLE_TYPES: *(unsigned long long *)data = 0; break;
	case CU_POINTER_ATTRIBUTE_MEMPOOL_HANDLE:
		*(void **)data = b && b->kind == SIM_POOLED ? (void *)sim_at(b->owner) : NULL;
		break;
	case CU_POINTER_ATTRIBUTE_ACCESS_FLAGS: *(int *)data = 3; break;
	default: return CUDA_ERROR_INVALID_VALUE;
	}
	return CUDA_SUCCESS;
}

static CUresult look(void *data, CUpointer_attribute what, CUdeviceptr p)
{
	const struct sim_block *b = sim_block_at(p);
	const struct sim_object *o = b ? NULL : sim_registered(p);
	if (b && (b->kind == SIM_VMM || b->kind == SIM_GRAPHROOM || b->kind == SIM_RANGE))
		b = NULL;
	return b || o ? tell(data, what, p, b, o) : CUDA_ERROR_INVALID_VALUE;
}

CUresult cuPointerGetAttribute(void *data, CUpointer_attribute what, CUdeviceptr p)
{
	SIM_CALL(cuPointerGetAttribute);
	SIM_LOCKED;
	return data ? look(data, what, p) : CUDA_ERROR_INVALID_VALUE;
}

/* Each by itself, and those that do not apply are zero. */
CUresult cuPointerGetAttributes(unsigned count, CUpointer_attribute *what, void **data,
				CUdeviceptr p)
{
	SIM_CALL(cuPointerGetAttributes);
	if (!count || !what || !data)
		return CUDA_ERROR_INVALID_VALUE;
	SIM_LOCKED;
	for (unsigned i = 0; i < count; i++) {
		if (!data[i])
			return CUDA_ERROR_INVALID_VALUE;
		if (!look(data[i], what[i], p))
			continue;
		switch ((int)what[i]) {
		case CU_POINTER_ATTRIBUTE_DEVICE_ORDINAL: *(int *)data[i] = -2; break;
		case CU_POINTER_ATTRIBUTE_MEMORY_TYPE:
		case CU_POINTER_ATTRIBUTE_IS_MANAGED:
		case CU_POINTER_ATTRIBUTE_SYNC_MEMOPS:
		case CU_POINTER_ATTRIBUTE_MAPPED:
		case CU_POINTER_ATTRIBUTE_ACCESS_FLAGS:
		case CU_POINTER_ATTRIBUTE_IS_LEGACY_CUDA_IPC_CAPABLE: *(int *)data[i] = 0; break;
		default: memset(data[i], 0, sizeof(void *)); break;
		}
	}
	return CUDA_SUCCESS;
}

CUresult cuPointerSetAttribute(const void *value, CUpointer_attribute what, CUdeviceptr p)
{
	SIM_CALL(cuPointerSetAttribute);
	SIM_LOCKED;
	const struct sim_block *b = sim_block_at(p);
	return value && b && what == CU_POINTER_ATTRIBUTE_SYNC_MEMOPS ? CUDA_SUCCESS
								      : CUDA_ERROR_INVALID_VALUE;
}
