/* SPDX-License-Identifier: MIT */
/*
 * A stand-in for NVIDIA's runtime library, built shared and static.  It has the part of its
 * interface that test programs use and reaches the driver in the same way: it opens
 * libcuda.so.1, looks cuGetProcAddress_v2 up by dlsym and everything else by that, in the
 * order and with the versions and flags of CUDA 13.0 (replay_lookups.h), and retains the
 * primary context of a device at the first call that needs one.
 *
 * For machines without the toolkit; and the real library does not work with a simulated
 * driver, since it asks the driver to prove that it is NVIDIA's (export_table.c).
 *
 * Programs may be compiled with <cuda_runtime_api.h> or with this.  Errors are the
 * driver's numbers, which the runtime's are too for all that matters here.
 */
#ifndef SIMCUDA_REPLAY_CUDART_H
#define SIMCUDA_REPLAY_CUDART_H

#include "cuda_types.h"

#pragma GCC visibility push(default)
unsigned replay_looked_up(void); /* how many look-ups of the start gave a function */

int cudaGetDeviceCount(int *count);
int cudaSetDevice(int device);
int cudaGetDevice(int *device);
int cudaDeviceReset(void);
int cudaDeviceSynchronize(void);
int cudaDriverGetVersion(int *version);
int cudaRuntimeGetVersion(int *version);
int cudaGetLastError(void);
int cudaPeekAtLastError(void);
const char *cudaGetErrorString(int error);
const char *cudaGetErrorName(int error);
int cudaGetDriverEntryPointByVersion(const char *name, void **function, unsigned version,
				     unsigned long long flags, int *found);

int cudaMalloc(void **p, size_t bytes);
int cudaMallocPitch(void **p, size_t *pitch, size_t width, size_t height);
int cudaMallocManaged(void **p, size_t bytes, unsigned flags);
int cudaFree(void *p);
int cudaMallocHost(void **p, size_t bytes);
int cudaHostAlloc(void **p, size_t bytes, unsigned flags);
int cudaFreeHost(void *p);
int cudaHostRegister(void *p, size_t bytes, unsigned flags);
int cudaHostUnregister(void *p);
int cudaMemGetInfo(size_t *free_bytes, size_t *total);
int cudaMemcpy(void *to, const void *from, size_t bytes, int kind);
int cudaMemcpyAsync(void *to, const void *from, size_t bytes, int kind, CUstream stream);
int cudaMemset(void *p, int value, size_t bytes);
struct cudaChannelFormatDesc;
int cudaMallocArray(CUarray *array, const struct cudaChannelFormatDesc *format, size_t width,
		    size_t height, unsigned flags);
int cudaFreeArray(CUarray array);
int cudaIpcGetMemHandle(CUipcMemHandle *handle, void *p);
int cudaIpcOpenMemHandle(void **p, CUipcMemHandle handle, unsigned flags);
int cudaIpcCloseMemHandle(void *p);
int cudaMallocAsync(void **p, size_t bytes, CUstream stream);
int cudaFreeAsync(void *p, CUstream stream);
int cudaMemPoolCreate(CUmemoryPool *pool, const CUmemPoolProps *props);
int cudaMemPoolDestroy(CUmemoryPool pool);
int cudaMallocFromPoolAsync(void **p, size_t bytes, CUmemoryPool pool, CUstream stream);

int cudaStreamCreate(CUstream *stream);
int cudaStreamCreateWithFlags(CUstream *stream, unsigned flags);
int cudaStreamDestroy(CUstream stream);
int cudaStreamSynchronize(CUstream stream);
int cudaStreamBeginCapture(CUstream stream, int mode);
int cudaStreamEndCapture(CUstream stream, CUgraph *graph);
int cudaEventCreate(CUevent *event);
int cudaEventCreateWithFlags(CUevent *event, unsigned flags);
int cudaEventRecord(CUevent event, CUstream stream);
int cudaEventDestroy(CUevent event);
int cudaGraphCreate(CUgraph *graph, unsigned flags);
int cudaGraphInstantiate(CUgraphExec *exec, CUgraph graph, unsigned long long flags);
int cudaGraphLaunch(CUgraphExec exec, CUstream stream);
int cudaGraphExecDestroy(CUgraphExec exec);
int cudaGraphDestroy(CUgraph graph);

/* For programs with a default stream for each thread. */
int cudaMemcpy_ptds(void *to, const void *from, size_t bytes, int kind);
int cudaMemcpyAsync_ptsz(void *to, const void *from, size_t bytes, int kind, CUstream stream);
int cudaMallocAsync_ptsz(void **p, size_t bytes, CUstream stream);
int cudaFreeAsync_ptsz(void *p, CUstream stream);
int cudaMallocFromPoolAsync_ptsz(void **p, size_t bytes, CUmemoryPool pool, CUstream stream);
int cudaStreamSynchronize_ptsz(CUstream stream);
int cudaStreamBeginCapture_ptsz(CUstream stream, int mode);
int cudaStreamEndCapture_ptsz(CUstream stream, CUgraph *graph);
int cudaEventRecord_ptsz(CUevent event, CUstream stream);
int cudaGraphLaunch_ptsz(CUgraphExec exec, CUstream stream);
#pragma GCC visibility pop

#endif
