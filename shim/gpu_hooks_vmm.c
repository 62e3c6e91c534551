/* SPDX-License-Identifier: MIT */
/*
 * Wrappers of the driver's functions for physical memory, address space and pools.  None
 * of these needs a current context: a device is named by what the caller asks for.
 */
#include "gpu_tell.h"
#include "gpu_wrap.h"

/* L is read after the real call, which has accepted it. */
static int device_of(CUresult result, const struct ls_cu_location *l)
{
	return result == LS_CU_SUCCESS && l->type == LS_CU_LOCATION_DEVICE ? l->id : -1;
}

/* ---- physical memory: alive while somebody holds a reference, or it is mapped ---- */

#define PHYSICAL(call, out, ...)                                                                   \
	CREATED(ls_tell_global, call, out, .memory = LS_MEM_VMM, .type = LS_RES_VMM,               \
		.class = LS_GPU_VMM, __VA_ARGS__)

LS_DRIVER_WRAP(cuMemCreate,
	       (CUmemGenericAllocationHandle_v1 * out, size_t size,
		const CUmemAllocationProp_v1 *prop, unsigned long long flags),
	       (out, size, prop, flags),
	       PHYSICAL(real(out, size, prop, flags), out, .size = size,
			.ordinal = device_of(r_, &prop->location)))
/* how much it is, the driver does not say */
LS_DRIVER_WRAP(cuMemImportFromShareableHandle,
	       (CUmemGenericAllocationHandle_v1 * out, void *os_handle,
		CUmemAllocationHandleType type),
	       (out, os_handle, type), PHYSICAL(real(out, os_handle, type), out, .ordinal = -1))

static CUresult retained(CUresult result, const CUmemGenericAllocationHandle_v1 *out)
{
	if (ANSWERED(result, out))
		ls_gpu_retained(LS_GPU_VMM, *out);
	return result;
}

LS_DRIVER_WRAP(cuMemRetainAllocationHandle, (CUmemGenericAllocationHandle_v1 * out, void *address),
	       (out, address), retained(real(out, address), out))
LS_DRIVER_WRAP(cuMemRelease, (CUmemGenericAllocationHandle_v1 handle), (handle),
	       RELEASED(LS_GPU_VMM, handle, real(handle)))

static CUresult mapped(CUresult result, CUdeviceptr_v2 at, size_t size, uint64_t handle)
{
	if (result == LS_CU_SUCCESS)
		ls_gpu_mapped(handle, at, size);
	return result;
}

static CUresult unmapped(CUresult result, CUdeviceptr_v2 at, size_t size)
{
	if (result == LS_CU_SUCCESS)
		ls_gpu_unmapped(at, size);
	return result;
}

LS_DRIVER_WRAP(cuMemMap,
	       (CUdeviceptr_v2 at, size_t size, size_t offset,
		CUmemGenericAllocationHandle_v1 handle, unsigned long long flags),
	       (at, size, offset, handle, flags),
	       mapped(real(at, size, offset, handle, flags), at, size, handle))
LS_DRIVER_WRAP(cuMemUnmap, (CUdeviceptr_v2 at, size_t size), (at, size),
	       unmapped(real(at, size), at, size))

/* ---- address space ---- */

LS_DRIVER_WRAP(cuMemAddressReserve,
	       (CUdeviceptr_v2 * out, size_t size, size_t alignment, CUdeviceptr_v2 at,
		unsigned long long flags),
	       (out, size, alignment, at, flags),
	       CREATED(ls_tell_global, real(out, size, alignment, at, flags), out,
		       .memory = LS_MEM_HANDLE, .type = LS_RES_RESERVATION, .class = LS_GPU_RANGE,
		       .size = size, .ordinal = -1))
LS_DRIVER_WRAP(cuMemAddressFree, (CUdeviceptr_v2 at, size_t size), (at, size),
	       RELEASED(LS_GPU_RANGE, at, real(at, size)))

/* ---- pools: what they hold is recorded by itself ---- */

#define POOL(call, out, device)                                                                    \
	CREATED(ls_tell_global, call, out, .memory = LS_MEM_HANDLE, .type = LS_RES_POOL,           \
		.class = LS_GPU_POOL, .ordinal = device)

LS_DRIVER_WRAP(cuMemPoolCreate, (CUmemoryPool * out, const CUmemPoolProps_v1 *props), (out, props),
	       POOL(real(out, props), out, device_of(r_, &props->location)))
LS_DRIVER_WRAP(cuMemPoolImportFromShareableHandle,
	       (CUmemoryPool * out, void *handle, CUmemAllocationHandleType type,
		unsigned long long flags),
	       (out, handle, type, flags), POOL(real(out, handle, type, flags), out, -1))
LS_DRIVER_WRAP(cuMemPoolDestroy, (CUmemoryPool pool), (pool),
	       RELEASED(LS_GPU_POOL, pool, real(pool)))
