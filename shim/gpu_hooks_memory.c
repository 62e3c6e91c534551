/* SPDX-License-Identifier: MIT */
/*
 * Wrappers of the driver's functions that allocate and free memory in a context: device,
 * managed, pinned and registered memory, stream-ordered memory, arrays, memory of other
 * processes and of other interfaces.  Sizes are what was asked for; of a pitched
 * allocation, the pitch that was answered times the height, since that is what it takes.
 */
#include <stddef.h>

#include "gpu_graph.h"
#include "gpu_tell.h"
#include "gpu_wrap.h"

/* ---- by address ---- */

static CUresult allocated(CUresult result, uint64_t address, size_t size, enum ls_memory memory,
			  enum ls_resource_type type, uintptr_t pc)
{
	struct ls_gpu_new n = {.memory = memory,
			       .type = type,
			       .class = LS_GPU_ADDRESS,
			       .handle = address,
			       .size = size,
			       .ordinal = -1};
	return ls_tell_created(result, &n, pc);
}

#define ALLOCATED(call, out, size, memory, type)                                                   \
	({                                                                                         \
		CUresult r_ = call;                                                                \
		allocated(r_, (uint64_t)(uintptr_t)ANSWERED(r_, out), size, memory, type, pc);     \
	})

LS_DRIVER_WRAP(cuMemAlloc, (CUdeviceptr_v1 * out, unsigned int size), (out, size),
	       ALLOCATED(real(out, size), out, size, LS_MEM_DEVICE, LS_RES_ALLOC))
LS_DRIVER_WRAP(cuMemAlloc_v2, (CUdeviceptr_v2 * out, size_t size), (out, size),
	       ALLOCATED(real(out, size), out, size, LS_MEM_DEVICE, LS_RES_ALLOC))
LS_DRIVER_WRAP(cuMemAllocPitch,
	       (CUdeviceptr_v1 * out, unsigned int *pitch, unsigned int width, unsigned int height,
		unsigned int element),
	       (out, pitch, width, height, element),
	       ALLOCATED(real(out, pitch, width, height, element), out,
			 (size_t)ANSWERED(r_, pitch) * height, LS_MEM_DEVICE, LS_RES_ALLOC_PITCH))
LS_DRIVER_WRAP(cuMemAllocPitch_v2,
	       (CUdeviceptr_v2 * out, size_t *pitch, size_t width, size_t height,
		unsigned int element),
	       (out, pitch, width, height, element),
	       ALLOCATED(real(out, pitch, width, height, element), out,
			 ANSWERED(r_, pitch) * height, LS_MEM_DEVICE, LS_RES_ALLOC_PITCH))
LS_DRIVER_WRAP(cuMemAllocManaged, (CUdeviceptr_v2 * out, size_t size, unsigned int flags),
	       (out, size, flags),
	       ALLOCATED(real(out, size, flags), out, size, LS_MEM_MANAGED, LS_RES_ALLOC_MANAGED))
LS_DRIVER_WRAP(cuMemAllocHost, (void **out, unsigned int size), (out, size),
	       ALLOCATED(real(out, size), out, size, LS_MEM_PINNED, LS_RES_ALLOC_HOST))
LS_DRIVER_WRAP(cuMemAllocHost_v2, (void **out, size_t size), (out, size),
	       ALLOCATED(real(out, size), out, size, LS_MEM_PINNED, LS_RES_ALLOC_HOST))
LS_DRIVER_WRAP(cuMemHostAlloc, (void **out, size_t size, unsigned int flags), (out, size, flags),
	       ALLOCATED(real(out, size, flags), out, size, LS_MEM_PINNED, LS_RES_HOST_ALLOC))

LS_DRIVER_WRAP(cuMemFree, (CUdeviceptr_v1 p), (p), RELEASED(LS_GPU_ADDRESS, p, real(p)))
LS_DRIVER_WRAP(cuMemFree_v2, (CUdeviceptr_v2 p), (p), RELEASED(LS_GPU_ADDRESS, p, real(p)))
LS_DRIVER_WRAP(cuMemFreeHost, (void *p), (p), RELEASED(LS_GPU_ADDRESS, p, real(p)))

/* ---- host memory that was there before ---- */

static CUresult registered(CUresult result, void *p, size_t size, uintptr_t pc)
{
	struct ls_gpu_new n = {.memory = LS_MEM_REGISTERED,
			       .type = LS_RES_HOST_REGISTER,
			       .class = LS_GPU_REGISTERED,
			       .handle = ls_handle(p),
			       .size = size,
			       .ordinal = -1};
	return ls_tell_created(result, &n, pc);
}

LS_DRIVER_WRAP(cuMemHostRegister, (void *p, size_t size, unsigned int flags), (p, size, flags),
	       registered(real(p, size, flags), p, size, pc))
LS_DRIVER_WRAP(cuMemHostRegister_v2, (void *p, size_t size, unsigned int flags), (p, size, flags),
	       registered(real(p, size, flags), p, size, pc))
LS_DRIVER_WRAP(cuMemHostUnregister, (void *p), (p), RELEASED(LS_GPU_REGISTERED, p, real(p)))

/* ---- stream-ordered memory; on a stream that is being captured, nodes of a graph ---- */

static CUresult allocated_async(CUresult result, const CUdeviceptr_v2 *out, size_t size,
				CUmemoryPool pool, CUstream stream, enum ls_resource_type type,
				uintptr_t pc)
{
	struct ls_gpu_new n = {.memory = LS_MEM_POOL,
			       .type = type,
			       .class = LS_GPU_ADDRESS,
			       .handle = ANSWERED(result, out),
			       .size = size,
			       .stream = ls_handle(stream),
			       .parent = ls_handle(pool),
			       .ordinal = -1};
	if (n.handle && stream && ls_graph_captured_alloc(stream, n.handle, size, pc))
		return result;
	return ls_tell_created(result, &n, pc);
}

static CUresult freed_async(CUdeviceptr_v2 p, CUstream as_passed, CUstream stream,
			    ls_fn_cuMemFreeAsync real)
{
	struct ls_gpu_release r;
	if (stream && ls_graph_captures(stream)) {
		CUresult result = real(p, as_passed);
		if (result == LS_CU_SUCCESS)
			ls_graph_captured_free(stream, p);
		return result;
	}
	ls_gpu_release_begin(&r, LS_GPU_ADDRESS, p);
	return ls_tell_released(real(p, as_passed), &r);
}

/* In the _ptsz variants no stream means the thread's own one. */
LS_INLINE CUstream per_thread(CUstream stream)
{
	return stream ? stream : LS_CU_STREAM_PER_THREAD;
}

LS_DRIVER_WRAP(cuMemAllocAsync, (CUdeviceptr_v2 * out, size_t size, CUstream stream),
	       (out, size, stream),
	       allocated_async(real(out, size, stream), out, size, NULL, stream, LS_RES_ALLOC_ASYNC,
			       pc))
LS_DRIVER_WRAP(cuMemAllocAsync_ptsz, (CUdeviceptr_v2 * out, size_t size, CUstream stream),
	       (out, size, stream),
	       allocated_async(real(out, size, stream), out, size, NULL, per_thread(stream),
			       LS_RES_ALLOC_ASYNC, pc))
LS_DRIVER_WRAP(cuMemAllocFromPoolAsync,
	       (CUdeviceptr_v2 * out, size_t size, CUmemoryPool pool, CUstream stream),
	       (out, size, pool, stream),
	       allocated_async(real(out, size, pool, stream), out, size, pool, stream,
			       LS_RES_ALLOC_POOL, pc))
LS_DRIVER_WRAP(cuMemAllocFromPoolAsync_ptsz,
	       (CUdeviceptr_v2 * out, size_t size, CUmemoryPool pool, CUstream stream),
	       (out, size, pool, stream),
	       allocated_async(real(out, size, pool, stream), out, size, pool, per_thread(stream),
			       LS_RES_ALLOC_POOL, pc))
LS_DRIVER_WRAP(cuMemFreeAsync, (CUdeviceptr_v2 p, CUstream stream), (p, stream),
	       freed_async(p, stream, stream, real))
LS_DRIVER_WRAP(cuMemFreeAsync_ptsz, (CUdeviceptr_v2 p, CUstream stream), (p, stream),
	       freed_async(p, stream, per_thread(stream), real))

/* ---- memory of others ---- */

/* The size is the exporter's: the driver knows it. */
static CUresult opened(CUresult result, const CUdeviceptr_v2 *out, enum ls_memory memory,
		       enum ls_resource_type type, enum ls_gpu_class class, CUmemoryPool pool,
		       uintptr_t pc)
{
	CUdeviceptr_v2 start;
	size_t size = 0;
	struct ls_gpu_new n = {.memory = memory,
			       .type = type,
			       .class = class,
			       .handle = ANSWERED(result, out),
			       .parent = ls_handle(pool),
			       .ordinal = -1};
	if (n.handle && ls_driver.cuMemGetAddressRange_v2 &&
	    ls_driver.cuMemGetAddressRange_v2(&start, &size, n.handle) == LS_CU_SUCCESS)
		n.size = size;
	return ls_tell_created(result, &n, pc);
}

LS_DRIVER_WRAP(cuMemPoolImportPointer,
	       (CUdeviceptr_v2 * out, CUmemoryPool pool, CUmemPoolPtrExportData_v1 *data),
	       (out, pool, data),
	       opened(real(out, pool, data), out, LS_MEM_POOL, LS_RES_POOL_POINTER, LS_GPU_ADDRESS,
		      pool, pc))
LS_DRIVER_WRAP(cuIpcOpenMemHandle,
	       (CUdeviceptr_v2 * out, CUipcMemHandle_v1 handle, unsigned int flags),
	       (out, handle, flags),
	       opened(real(out, handle, flags), out, LS_MEM_IPC, LS_RES_IPC, LS_GPU_IPC, NULL, pc))
LS_DRIVER_WRAP(cuIpcOpenMemHandle_v2,
	       (CUdeviceptr_v2 * out, CUipcMemHandle_v1 handle, unsigned int flags),
	       (out, handle, flags),
	       opened(real(out, handle, flags), out, LS_MEM_IPC, LS_RES_IPC, LS_GPU_IPC, NULL, pc))
LS_DRIVER_WRAP(cuIpcCloseMemHandle, (CUdeviceptr_v2 p), (p), RELEASED(LS_GPU_IPC, p, real(p)))

static CUresult mapped_buffer(CUresult result, const CUdeviceptr_v2 *out, CUexternalMemory from,
			      const CUDA_EXTERNAL_MEMORY_BUFFER_DESC_v1 *d, uintptr_t pc)
{
	struct ls_gpu_new n = {.memory = LS_MEM_DEVICE,
			       .type = LS_RES_EXTERNAL_BUFFER,
			       .class = LS_GPU_ADDRESS,
			       .handle = ANSWERED(result, out),
			       .size = ANSWERED(result, out) ? d->size : 0,
			       .parent = ls_handle(from),
			       .ordinal = -1};
	return ls_tell_created(result, &n, pc);
}

LS_DRIVER_WRAP(cuExternalMemoryGetMappedBuffer,
	       (CUdeviceptr_v2 * out, CUexternalMemory from,
		const CUDA_EXTERNAL_MEMORY_BUFFER_DESC_v1 *d),
	       (out, from, d), mapped_buffer(real(out, from, d), out, from, d, pc))

/* ---- arrays ---- */

/* Bits of a format's element: with all its channels (from 0x50 on, those of packed and compressed ones), or of one. */
static unsigned element_bits(unsigned format, unsigned channels)
{
	switch (format) {
	case 0x01: /* 8-bit integers */
	case 0x08: return 8 * channels;
	case 0x02: /* 16-bit integers and floats */
	case 0x09:
	case 0x10: return 16 * channels;
	case 0x03: /* 32-bit ones */
	case 0x0a:
	case 0x20: return 32 * channels;
	case 0xb0: /* NV12: planes of 8-bit samples, the second of half the height */ return 12;
	case 0x9f: /* P010, P016 */
	case 0xa1: return 24;
	case 0xa2: /* NV16, YUY2 */
	case 0xa5: return 16;
	case 0xa3: /* P210, P216 */
	case 0xa4:
	case 0xa6: /* Y210, Y216 */
	case 0xa7: return 32;
	case 0xa8: /* AYUV, Y410 */
	case 0xa9:
	case 0x50: /* 10-10-10-2 */ return 32;
	case 0xb1: /* Y416 */ return 64;
	case 0xb2: /* three planes of samples */
	case 0xb4: return 24;
	case 0xb3:
	case 0xb5: return 48;
	case 0x91: /* blocks of 4 × 4 in 8 bytes: BC1, BC4 */
	case 0x92:
	case 0x97:
	case 0x98: return 4;
	default: break;
	}
	if (format >= 0x93 && format <= 0x9e) /* other blocks, of 16 bytes */
		return 8;
	if (format >= 0xc0 && format <= 0xcb) /* (un)signed normalised, 1, 2 or 4 of 8 or 16 bits */
		return (format - 0xc0) % 6 < 3 ? 8u << (format - 0xc0) % 3
					       : 16u << (format - 0xc0) % 3;
	return 0;
}

static uint64_t array_bytes(const struct ls_cu_array3d *a, unsigned levels)
{
	uint64_t width = a->width, height = a->height, depth = a->depth, total = 0;
	bool layered = a->flags & (LS_CU_ARRAY_LAYERED | LS_CU_ARRAY_CUBEMAP);
	unsigned bits = element_bits(a->format, a->channels);
	if (a->flags & (LS_CU_ARRAY_SPARSE | LS_CU_ARRAY_DEFERRED))
		return 0; /* its memory is what is mapped into it */
	for (unsigned i = 0; i < levels && i < 64; i++) {
		total += width * (height ? height : 1) * (depth ? depth : 1) * bits / 8;
		width = width > 1 ? width / 2 : width;
		height = height > 1 ? height / 2 : height;
		if (!layered)
			depth = depth > 1 ? depth / 2 : depth;
	}
	return total;
}

static CUresult array_made(CUresult result, const void *array, const struct ls_cu_array3d *a,
			   unsigned levels, enum ls_resource_type type, CUexternalMemory from,
			   uintptr_t pc)
{
	struct ls_gpu_new n = {.memory = LS_MEM_ARRAY,
			       .type = type,
			       .class = LS_GPU_ARRAY,
			       .handle = ls_handle(array),
			       .size = array_bytes(a, levels),
			       .parent = ls_handle(from),
			       .ordinal = -1};
	return ls_tell_created(result, &n, pc);
}

/* D may be bad, then the call has failed. */
#define ARRAY_MADE(call, out, d, type)                                                             \
	({                                                                                         \
		CUresult r_ = call;                                                                \
		struct ls_cu_array3d a_ = {0};                                                     \
		const void *made_ = ANSWERED(r_, out);                                             \
		if (made_)                                                                         \
			a_ = (struct ls_cu_array3d)d;                                              \
		array_made(r_, made_, &a_, 1, type, NULL, pc);                                     \
	})
#define FLAT(d)                                                                                    \
	{                                                                                          \
		(d)->width, (d)->height, 0, (d)->format, (d)->channels, 0                          \
	}
#define SOLID(d)                                                                                   \
	{                                                                                          \
		(d)->width, (d)->height, (d)->depth, (d)->format, (d)->channels, (d)->flags        \
	}

LS_DRIVER_WRAP(cuArrayCreate, (CUarray * out, const CUDA_ARRAY_DESCRIPTOR_v1 *d), (out, d),
	       ARRAY_MADE(real(out, d), out, FLAT(d), LS_RES_ARRAY))
LS_DRIVER_WRAP(cuArrayCreate_v2, (CUarray * out, const CUDA_ARRAY_DESCRIPTOR_v2 *d), (out, d),
	       ARRAY_MADE(real(out, d), out, FLAT(d), LS_RES_ARRAY))
LS_DRIVER_WRAP(cuArray3DCreate, (CUarray * out, const CUDA_ARRAY3D_DESCRIPTOR_v1 *d), (out, d),
	       ARRAY_MADE(real(out, d), out, SOLID(d), LS_RES_ARRAY))
LS_DRIVER_WRAP(cuArray3DCreate_v2, (CUarray * out, const CUDA_ARRAY3D_DESCRIPTOR_v2 *d), (out, d),
	       ARRAY_MADE(real(out, d), out, SOLID(d), LS_RES_ARRAY))
LS_DRIVER_WRAP(cuArrayDestroy, (CUarray array), (array), RELEASED(LS_GPU_ARRAY, array, real(array)))

static CUresult mipmap_made(CUresult result, CUmipmappedArray const *out,
			    const CUDA_ARRAY3D_DESCRIPTOR_v2 *d, unsigned levels, uintptr_t pc)
{
	const void *made = ANSWERED(result, out);
	return made ? array_made(result, made, d, levels, LS_RES_MIPMAP, NULL, pc) : result;
}

static CUresult mipmap_mapped(CUresult result, CUmipmappedArray const *out, CUexternalMemory from,
			      const CUDA_EXTERNAL_MEMORY_MIPMAPPED_ARRAY_DESC_v1 *d, uintptr_t pc)
{
	const void *made = ANSWERED(result, out);
	return made ? array_made(result, made, &d->array, d->levels, LS_RES_EXTERNAL_MIPMAP, from,
				 pc)
		    : result;
}

LS_DRIVER_WRAP(cuMipmappedArrayCreate,
	       (CUmipmappedArray * out, const CUDA_ARRAY3D_DESCRIPTOR_v2 *d, unsigned int levels),
	       (out, d, levels), mipmap_made(real(out, d, levels), out, d, levels, pc))
LS_DRIVER_WRAP(cuExternalMemoryGetMappedMipmappedArray,
	       (CUmipmappedArray * out, CUexternalMemory from,
		const CUDA_EXTERNAL_MEMORY_MIPMAPPED_ARRAY_DESC_v1 *d),
	       (out, from, d), mipmap_mapped(real(out, from, d), out, from, d, pc))
LS_DRIVER_WRAP(cuMipmappedArrayDestroy, (CUmipmappedArray array), (array),
	       RELEASED(LS_GPU_ARRAY, array, real(array)))
