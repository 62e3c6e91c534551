/* SPDX-License-Identifier: MIT */
/* Memory in the stand-in for NVIDIA's runtime library. */
#include <string.h>

#include "replay_cudart.h"
#include "replay_start.h"

int cudaMalloc(void **p, size_t bytes)
{
	CALL("cuMemAlloc", 3020, 0, cuMemAlloc_v2, (CUdeviceptr *)p, bytes);
}

int cudaMallocPitch(void **p, size_t *pitch, size_t width, size_t height)
{
	CALL("cuMemAllocPitch", 3020, 0, cuMemAllocPitch_v2, (CUdeviceptr *)p, pitch, width, height,
	     4);
}

int cudaMallocManaged(void **p, size_t bytes, unsigned flags)
{
	CALL("cuMemAllocManaged", 6000, 0, cuMemAllocManaged, (CUdeviceptr *)p, bytes, flags);
}

int cudaFree(void *p)
{
	CALL("cuMemFree", 3020, 0, cuMemFree_v2, (uintptr_t)p);
}

int cudaMallocHost(void **p, size_t bytes)
{
	CALL("cuMemHostAlloc", 2020, 0, cuMemHostAlloc, p, bytes, 0);
}

int cudaHostAlloc(void **p, size_t bytes, unsigned flags)
{
	CALL("cuMemHostAlloc", 2020, 0, cuMemHostAlloc, p, bytes, flags);
}

int cudaFreeHost(void *p)
{
	if (!p)
		return 0;
	CALL("cuMemFreeHost", 2000, 0, cuMemFreeHost, p);
}

int cudaHostRegister(void *p, size_t bytes, unsigned flags)
{
	CALL("cuMemHostRegister", 6050, 0, cuMemHostRegister_v2, p, bytes, flags);
}

int cudaHostUnregister(void *p)
{
	CALL("cuMemHostUnregister", 4000, 0, cuMemHostUnregister, p);
}

int cudaMemGetInfo(size_t *free_bytes, size_t *total)
{
	CALL("cuMemGetInfo", 3020, 0, cuMemGetInfo_v2, free_bytes, total);
}

int cudaMemcpy(void *to, const void *from, size_t bytes, int kind)
{
	(void)kind;
	CALL("cuMemcpy", 4000, 0, cuMemcpy, (uintptr_t)to, (uintptr_t)from, bytes);
}

int cudaMemcpy_ptds(void *to, const void *from, size_t bytes, int kind)
{
	(void)kind;
	CALL("cuMemcpy", 7000, 2, cuMemcpy, (uintptr_t)to, (uintptr_t)from, bytes);
}

int cudaMemcpyAsync(void *to, const void *from, size_t bytes, int kind, CUstream stream)
{
	(void)kind;
	CALL("cuMemcpyAsync", 4000, 0, cuMemcpyAsync, (uintptr_t)to, (uintptr_t)from, bytes,
	     stream);
}

int cudaMemcpyAsync_ptsz(void *to, const void *from, size_t bytes, int kind, CUstream stream)
{
	(void)kind;
	CALL("cuMemcpyAsync", 7000, 2, cuMemcpyAsync, (uintptr_t)to, (uintptr_t)from, bytes,
	     stream);
}

int cudaMemset(void *p, int value, size_t bytes)
{
	CALL("cuMemsetD8", 3020, 0, cuMemsetD8_v2, (uintptr_t)p, (unsigned char)value, bytes);
}

/* The runtime's description of an element: bits of each channel, and what they mean. */
struct cudaChannelFormatDesc {
	int x, y, z, w;
	int kind; /* 0 signed, 1 unsigned, 2 float */
};

int cudaMallocArray(CUarray *array, const struct cudaChannelFormatDesc *format, size_t width,
		    size_t height, unsigned flags)
{
	static const CUarray_format formats[3][3] = {
		{CU_AD_FORMAT_SIGNED_INT8, CU_AD_FORMAT_SIGNED_INT16, CU_AD_FORMAT_SIGNED_INT32},
		{CU_AD_FORMAT_UNSIGNED_INT8, CU_AD_FORMAT_UNSIGNED_INT16,
		 CU_AD_FORMAT_UNSIGNED_INT32},
		{CU_AD_FORMAT_HALF, CU_AD_FORMAT_HALF, CU_AD_FORMAT_FLOAT}};
	if (!format || format->kind < 0 || format->kind > 2)
		return replay_result(CUDA_ERROR_INVALID_VALUE);
	CUDA_ARRAY3D_DESCRIPTOR d = {.Width = width,
				     .Height = height,
				     .Format = formats[format->kind][format->x == 8    ? 0
								     : format->x == 16 ? 1
										       : 2],
				     .NumChannels = format->w   ? 4
						    : format->y ? 2
								: 1,
				     .Flags = flags};
	CALL("cuArray3DCreate", 3020, 0, cuArray3DCreate_v2, array, &d);
}

int cudaFreeArray(CUarray array)
{
	if (!array)
		return 0;
	CALL("cuArrayDestroy", 2000, 0, cuArrayDestroy, array);
}

int cudaIpcGetMemHandle(CUipcMemHandle *handle, void *p)
{
	CALL("cuIpcGetMemHandle", 4010, 0, cuIpcGetMemHandle, handle, (uintptr_t)p);
}

int cudaIpcOpenMemHandle(void **p, CUipcMemHandle handle, unsigned flags)
{
	CALL("cuIpcOpenMemHandle", 11000, 0, cuIpcOpenMemHandle_v2, (CUdeviceptr *)p, handle,
	     flags);
}

int cudaIpcCloseMemHandle(void *p)
{
	CALL("cuIpcCloseMemHandle", 4010, 0, cuIpcCloseMemHandle, (uintptr_t)p);
}

/* ---- in stream order ---- */
int cudaMallocAsync(void **p, size_t bytes, CUstream stream)
{
	CALL("cuMemAllocAsync", 11020, 0, cuMemAllocAsync, (CUdeviceptr *)p, bytes, stream);
}

int cudaMallocAsync_ptsz(void **p, size_t bytes, CUstream stream)
{
	CALL("cuMemAllocAsync", 11020, 2, cuMemAllocAsync, (CUdeviceptr *)p, bytes, stream);
}

int cudaFreeAsync(void *p, CUstream stream)
{
	CALL("cuMemFreeAsync", 11020, 0, cuMemFreeAsync, (uintptr_t)p, stream);
}

int cudaFreeAsync_ptsz(void *p, CUstream stream)
{
	CALL("cuMemFreeAsync", 11020, 2, cuMemFreeAsync, (uintptr_t)p, stream);
}

int cudaMemPoolCreate(CUmemoryPool *pool, const CUmemPoolProps *props)
{
	CALL("cuMemPoolCreate", 11020, 0, cuMemPoolCreate, pool, props);
}

int cudaMemPoolDestroy(CUmemoryPool pool)
{
	CALL("cuMemPoolDestroy", 11020, 0, cuMemPoolDestroy, pool);
}

int cudaMallocFromPoolAsync(void **p, size_t bytes, CUmemoryPool pool, CUstream stream)
{
	CALL("cuMemAllocFromPoolAsync", 11020, 0, cuMemAllocFromPoolAsync, (CUdeviceptr *)p, bytes,
	     pool, stream);
}

int cudaMallocFromPoolAsync_ptsz(void **p, size_t bytes, CUmemoryPool pool, CUstream stream)
{
	CALL("cuMemAllocFromPoolAsync", 11020, 2, cuMemAllocFromPoolAsync, (CUdeviceptr *)p, bytes,
	     pool, stream);
}
