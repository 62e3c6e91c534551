/* SPDX-License-Identifier: MIT */
/*
 * The few types and functions of the CUDA driver that the shim deals with, declared
 * anew so that it builds where CUDA is not: names and values are those of cuda.h,
 * and gpu_api_check.c compares each of them with it where it is found.  What the shim
 * only hands on is left incomplete.
 */
#ifndef LS_GPU_API_H
#define LS_GPU_API_H

#include <stddef.h>
#include <stdint.h>

/* Answers that mean something to the wrappers. */
enum {
	LS_CU_SUCCESS = 0,
	LS_CU_DEINITIALIZED = 4, /* the driver is shutting down */
	LS_CU_STUB_LIBRARY = 34  /* what the library that is only linked against answers */
};
enum { LS_CU_LOCATION_DEVICE = 1 };
enum { LS_CU_CAPTURE_ACTIVE = 1 };
enum { LS_CU_NODE_GRAPH = 4, LS_CU_NODE_ALLOC = 10, LS_CU_NODE_FREE = 11 };
enum { LS_CU_PER_THREAD_STREAM = 2 };   /* flag of cuGetProcAddress */
enum { LS_CU_AUTO_FREE_ON_LAUNCH = 1 }; /* flag of cuGraphInstantiate */
enum { LS_CU_CHILD_MOVED = 1 };         /* ownership of a child graph */
/* flags of arrays: the last two have no memory of their own */
enum {
	LS_CU_ARRAY_LAYERED = 1,
	LS_CU_ARRAY_CUBEMAP = 4,
	LS_CU_ARRAY_SPARSE = 0x40,
	LS_CU_ARRAY_DEFERRED = 0x80
};
#define LS_CU_STREAM_PER_THREAD ((CUstream)2)

/* Only the members that are read matter; the check knows where they are. */
struct ls_cu_location {
	int type, id;
};
struct ls_cu_allocation_prop {
	int type, handle_types;
	struct ls_cu_location location;
};
struct ls_cu_pool_props {
	int type, handle_types;
	struct ls_cu_location location;
	void *security;
	size_t max_size;
	uint16_t usage;
	uint8_t reserved[54];
};
struct ls_cu_array_1 {
	unsigned int width, height;
	unsigned int format, channels;
};
struct ls_cu_array {
	size_t width, height;
	unsigned int format, channels;
};
struct ls_cu_array3d_1 {
	unsigned int width, height, depth;
	unsigned int format, channels, flags;
};
struct ls_cu_array3d {
	size_t width, height, depth;
	unsigned int format, channels, flags;
};
struct ls_cu_buffer {
	unsigned long long offset, size;
};
struct ls_cu_external_memory {
	int type;
	union {
		int fd;
		void *pointers[2];
	} handle;
	unsigned long long size;
};
struct ls_cu_external_mipmap {
	unsigned long long offset;
	struct ls_cu_array3d array;
	unsigned int levels;
};
struct ls_cu_alloc_node {
	struct ls_cu_pool_props props;
	const void *access;
	size_t access_count;
	size_t size;
	unsigned long long address; /* answered */
};
struct ls_cu_node_params {
	int type, reserved[3];
	union {
		long long room[29];
		struct ls_cu_alloc_node alloc;
		struct {
			unsigned long long address;
		} free;
		struct {
			void *graph;
			int ownership;
		} child;
	} u;
};
struct ls_cu_instantiate_params {
	uint64_t flags;
};

#ifndef LS_GPU_API_CHECKED
typedef int CUresult;
typedef int CUdevice, CUdevice_v1;
typedef unsigned int CUdeviceptr_v1;
typedef unsigned long long CUdeviceptr, CUdeviceptr_v2;
typedef unsigned long long CUmemGenericAllocationHandle_v1;
typedef unsigned long long CUtexObject_v1, CUsurfObject_v1;
typedef uint64_t cuuint64_t;
typedef struct CUctx_st *CUcontext;
typedef struct CUgreenCtx_st *CUgreenCtx;
typedef struct CUdevResourceDesc_st *CUdevResourceDesc;
typedef struct CUmod_st *CUmodule;
typedef struct CUlib_st *CUlibrary;
typedef struct CUlinkState_st *CUlinkState;
typedef struct CUarray_st *CUarray;
typedef struct CUmipmappedArray_st *CUmipmappedArray;
typedef struct CUstream_st *CUstream;
typedef struct CUevent_st *CUevent;
typedef struct CUgraph_st *CUgraph;
typedef struct CUgraphNode_st *CUgraphNode;
typedef struct CUgraphExec_st *CUgraphExec;
typedef struct CUmemPoolHandle_st *CUmemoryPool;
typedef struct CUextMemory_st *CUexternalMemory;
typedef struct CUextSemaphore_st *CUexternalSemaphore;
typedef int CUmemAllocationHandleType, CUjit_option, CUlibraryOption;
typedef int CUdriverProcAddressQueryResult, CUgraphExecUpdateResult;
typedef int CUstreamCaptureStatus, CUstreamCaptureMode;
typedef struct {
	char bytes[16];
} CUuuid;
/* by value: their size matters */
typedef struct {
	char reserved[64];
} CUipcMemHandle_v1, CUipcEventHandle_v1;
typedef struct ls_cu_array_1 CUDA_ARRAY_DESCRIPTOR_v1;
typedef struct ls_cu_array CUDA_ARRAY_DESCRIPTOR_v2;
typedef struct ls_cu_array3d_1 CUDA_ARRAY3D_DESCRIPTOR_v1;
typedef struct ls_cu_array3d CUDA_ARRAY3D_DESCRIPTOR_v2;
typedef struct ls_cu_allocation_prop CUmemAllocationProp_v1;
typedef struct ls_cu_pool_props CUmemPoolProps_v1;
typedef struct ls_cu_buffer CUDA_EXTERNAL_MEMORY_BUFFER_DESC_v1;
typedef struct ls_cu_external_memory CUDA_EXTERNAL_MEMORY_HANDLE_DESC_v1;
typedef struct ls_cu_external_mipmap CUDA_EXTERNAL_MEMORY_MIPMAPPED_ARRAY_DESC_v1;
typedef struct ls_cu_alloc_node CUDA_MEM_ALLOC_NODE_PARAMS;
typedef struct ls_cu_node_params CUgraphNodeParams;
typedef struct ls_cu_instantiate_params CUDA_GRAPH_INSTANTIATE_PARAMS;
typedef struct CUexecAffinityParam_st CUexecAffinityParam;
typedef struct CUctxCreateParams_st CUctxCreateParams;
typedef struct CUDA_EXTERNAL_SEMAPHORE_HANDLE_DESC_st CUDA_EXTERNAL_SEMAPHORE_HANDLE_DESC_v1;
typedef struct CUgraphEdgeData_st CUgraphEdgeData;
typedef struct CUgraphExecUpdateResultInfo_st CUgraphExecUpdateResultInfo;
typedef struct CUmemPoolPtrExportData_st CUmemPoolPtrExportData_v1;
typedef struct CUDA_RESOURCE_DESC_st CUDA_RESOURCE_DESC_v1;
typedef struct CUDA_TEXTURE_DESC_st CUDA_TEXTURE_DESC_v1;
typedef struct CUDA_RESOURCE_VIEW_DESC_st CUDA_RESOURCE_VIEW_DESC_v1;
#endif

/*
 * What is wrapped: X(exported name, base name, version of CUDA that brought it, _ptsz or
 * nothing, arguments), in the order of strcmp.  The base name with version and suffix is
 * how cuGetProcAddress is asked for it.
 */
/* clang-format off */
#define LS_DRIVER_WRAPPED(X) \
	X(cuArray3DCreate, cuArray3DCreate, 2000, , (CUarray *, const CUDA_ARRAY3D_DESCRIPTOR_v1 *)) \
	X(cuArray3DCreate_v2, cuArray3DCreate, 3020, , (CUarray *, const CUDA_ARRAY3D_DESCRIPTOR_v2 *)) \
	X(cuArrayCreate, cuArrayCreate, 2000, , (CUarray *, const CUDA_ARRAY_DESCRIPTOR_v1 *)) \
	X(cuArrayCreate_v2, cuArrayCreate, 3020, , (CUarray *, const CUDA_ARRAY_DESCRIPTOR_v2 *)) \
	X(cuArrayDestroy, cuArrayDestroy, 2000, , (CUarray)) \
	X(cuCtxAttach, cuCtxAttach, 2000, , (CUcontext *, unsigned int)) \
	X(cuCtxCreate, cuCtxCreate, 2000, , (CUcontext *, unsigned int, CUdevice_v1)) \
	X(cuCtxCreate_v2, cuCtxCreate, 3020, , (CUcontext *, unsigned int, CUdevice_v1)) \
	X(cuCtxCreate_v3, cuCtxCreate, 11040, , (CUcontext *, CUexecAffinityParam *, int, unsigned int, CUdevice_v1)) \
	X(cuCtxCreate_v4, cuCtxCreate, 12050, , (CUcontext *, CUctxCreateParams *, unsigned int, CUdevice)) \
	X(cuCtxDestroy, cuCtxDestroy, 2000, , (CUcontext)) \
	X(cuCtxDestroy_v2, cuCtxDestroy, 4000, , (CUcontext)) \
	X(cuCtxDetach, cuCtxDetach, 2000, , (CUcontext)) \
	X(cuDestroyExternalMemory, cuDestroyExternalMemory, 10000, , (CUexternalMemory)) \
	X(cuDestroyExternalSemaphore, cuDestroyExternalSemaphore, 10000, , (CUexternalSemaphore)) \
	X(cuDevicePrimaryCtxRelease, cuDevicePrimaryCtxRelease, 7000, , (CUdevice_v1)) \
	X(cuDevicePrimaryCtxRelease_v2, cuDevicePrimaryCtxRelease, 11000, , (CUdevice_v1)) \
	X(cuDevicePrimaryCtxReset, cuDevicePrimaryCtxReset, 7000, , (CUdevice_v1)) \
	X(cuDevicePrimaryCtxReset_v2, cuDevicePrimaryCtxReset, 11000, , (CUdevice_v1)) \
	X(cuDevicePrimaryCtxRetain, cuDevicePrimaryCtxRetain, 7000, , (CUcontext *, CUdevice_v1)) \
	X(cuEventCreate, cuEventCreate, 2000, , (CUevent *, unsigned int)) \
	X(cuEventDestroy, cuEventDestroy, 2000, , (CUevent)) \
	X(cuEventDestroy_v2, cuEventDestroy, 4000, , (CUevent)) \
	X(cuExternalMemoryGetMappedBuffer, cuExternalMemoryGetMappedBuffer, 10000, , (CUdeviceptr_v2 *, CUexternalMemory, const CUDA_EXTERNAL_MEMORY_BUFFER_DESC_v1 *)) \
	X(cuExternalMemoryGetMappedMipmappedArray, cuExternalMemoryGetMappedMipmappedArray, 10000, , (CUmipmappedArray *, CUexternalMemory, const CUDA_EXTERNAL_MEMORY_MIPMAPPED_ARRAY_DESC_v1 *)) \
	X(cuGetProcAddress, cuGetProcAddress, 11030, , (const char *, void **, int, cuuint64_t)) \
	X(cuGetProcAddress_v2, cuGetProcAddress, 12000, , (const char *, void **, int, cuuint64_t, CUdriverProcAddressQueryResult *)) \
	X(cuGraphAddMemAllocNode, cuGraphAddMemAllocNode, 11040, , (CUgraphNode *, CUgraph, const CUgraphNode *, size_t, CUDA_MEM_ALLOC_NODE_PARAMS *)) \
	X(cuGraphAddMemFreeNode, cuGraphAddMemFreeNode, 11040, , (CUgraphNode *, CUgraph, const CUgraphNode *, size_t, CUdeviceptr)) \
	X(cuGraphAddNode, cuGraphAddNode, 12020, , (CUgraphNode *, CUgraph, const CUgraphNode *, size_t, CUgraphNodeParams *)) \
	X(cuGraphAddNode_v2, cuGraphAddNode, 12030, , (CUgraphNode *, CUgraph, const CUgraphNode *, const CUgraphEdgeData *, size_t, CUgraphNodeParams *)) \
	X(cuGraphClone, cuGraphClone, 10000, , (CUgraph *, CUgraph)) \
	X(cuGraphCreate, cuGraphCreate, 10000, , (CUgraph *, unsigned int)) \
	X(cuGraphDestroy, cuGraphDestroy, 10000, , (CUgraph)) \
	X(cuGraphDestroyNode, cuGraphDestroyNode, 10000, , (CUgraphNode)) \
	X(cuGraphExecDestroy, cuGraphExecDestroy, 10000, , (CUgraphExec)) \
	X(cuGraphExecUpdate, cuGraphExecUpdate, 10020, , (CUgraphExec, CUgraph, CUgraphNode *, CUgraphExecUpdateResult *)) \
	X(cuGraphExecUpdate_v2, cuGraphExecUpdate, 12000, , (CUgraphExec, CUgraph, CUgraphExecUpdateResultInfo *)) \
	X(cuGraphInstantiate, cuGraphInstantiate, 10000, , (CUgraphExec *, CUgraph, CUgraphNode *, char *, size_t)) \
	X(cuGraphInstantiateWithFlags, cuGraphInstantiateWithFlags, 11040, , (CUgraphExec *, CUgraph, unsigned long long)) \
	X(cuGraphInstantiateWithParams, cuGraphInstantiateWithParams, 12000, , (CUgraphExec *, CUgraph, CUDA_GRAPH_INSTANTIATE_PARAMS *)) \
	X(cuGraphInstantiateWithParams_ptsz, cuGraphInstantiateWithParams, 12000, _ptsz, (CUgraphExec *, CUgraph, CUDA_GRAPH_INSTANTIATE_PARAMS *)) \
	X(cuGraphInstantiate_v2, cuGraphInstantiate, 11000, , (CUgraphExec *, CUgraph, CUgraphNode *, char *, size_t)) \
	X(cuGraphLaunch, cuGraphLaunch, 10000, , (CUgraphExec, CUstream)) \
	X(cuGraphLaunch_ptsz, cuGraphLaunch, 10000, _ptsz, (CUgraphExec, CUstream)) \
	X(cuGreenCtxCreate, cuGreenCtxCreate, 12040, , (CUgreenCtx *, CUdevResourceDesc, CUdevice, unsigned int)) \
	X(cuGreenCtxDestroy, cuGreenCtxDestroy, 12040, , (CUgreenCtx)) \
	X(cuGreenCtxStreamCreate, cuGreenCtxStreamCreate, 12050, , (CUstream *, CUgreenCtx, unsigned int, int)) \
	X(cuImportExternalMemory, cuImportExternalMemory, 10000, , (CUexternalMemory *, const CUDA_EXTERNAL_MEMORY_HANDLE_DESC_v1 *)) \
	X(cuImportExternalSemaphore, cuImportExternalSemaphore, 10000, , (CUexternalSemaphore *, const CUDA_EXTERNAL_SEMAPHORE_HANDLE_DESC_v1 *)) \
	X(cuIpcCloseMemHandle, cuIpcCloseMemHandle, 4010, , (CUdeviceptr_v2)) \
	X(cuIpcOpenEventHandle, cuIpcOpenEventHandle, 4010, , (CUevent *, CUipcEventHandle_v1)) \
	X(cuIpcOpenMemHandle, cuIpcOpenMemHandle, 4010, , (CUdeviceptr_v2 *, CUipcMemHandle_v1, unsigned int)) \
	X(cuIpcOpenMemHandle_v2, cuIpcOpenMemHandle, 11000, , (CUdeviceptr_v2 *, CUipcMemHandle_v1, unsigned int)) \
	X(cuLibraryLoadData, cuLibraryLoadData, 12000, , (CUlibrary *, const void *, CUjit_option *, void **, unsigned int, CUlibraryOption *, void **, unsigned int)) \
	X(cuLibraryLoadFromFile, cuLibraryLoadFromFile, 12000, , (CUlibrary *, const char *, CUjit_option *, void **, unsigned int, CUlibraryOption *, void **, unsigned int)) \
	X(cuLibraryUnload, cuLibraryUnload, 12000, , (CUlibrary)) \
	X(cuLinkCreate, cuLinkCreate, 5050, , (unsigned int, CUjit_option *, void **, CUlinkState *)) \
	X(cuLinkCreate_v2, cuLinkCreate, 6050, , (unsigned int, CUjit_option *, void **, CUlinkState *)) \
	X(cuLinkDestroy, cuLinkDestroy, 5050, , (CUlinkState)) \
	X(cuMemAddressFree, cuMemAddressFree, 10020, , (CUdeviceptr_v2, size_t)) \
	X(cuMemAddressReserve, cuMemAddressReserve, 10020, , (CUdeviceptr_v2 *, size_t, size_t, CUdeviceptr_v2, unsigned long long)) \
	X(cuMemAlloc, cuMemAlloc, 2000, , (CUdeviceptr_v1 *, unsigned int)) \
	X(cuMemAllocAsync, cuMemAllocAsync, 11020, , (CUdeviceptr_v2 *, size_t, CUstream)) \
	X(cuMemAllocAsync_ptsz, cuMemAllocAsync, 11020, _ptsz, (CUdeviceptr_v2 *, size_t, CUstream)) \
	X(cuMemAllocFromPoolAsync, cuMemAllocFromPoolAsync, 11020, , (CUdeviceptr_v2 *, size_t, CUmemoryPool, CUstream)) \
	X(cuMemAllocFromPoolAsync_ptsz, cuMemAllocFromPoolAsync, 11020, _ptsz, (CUdeviceptr_v2 *, size_t, CUmemoryPool, CUstream)) \
	X(cuMemAllocHost, cuMemAllocHost, 2000, , (void **, unsigned int)) \
	X(cuMemAllocHost_v2, cuMemAllocHost, 3020, , (void **, size_t)) \
	X(cuMemAllocManaged, cuMemAllocManaged, 6000, , (CUdeviceptr_v2 *, size_t, unsigned int)) \
	X(cuMemAllocPitch, cuMemAllocPitch, 2000, , (CUdeviceptr_v1 *, unsigned int *, unsigned int, unsigned int, unsigned int)) \
	X(cuMemAllocPitch_v2, cuMemAllocPitch, 3020, , (CUdeviceptr_v2 *, size_t *, size_t, size_t, unsigned int)) \
	X(cuMemAlloc_v2, cuMemAlloc, 3020, , (CUdeviceptr_v2 *, size_t)) \
	X(cuMemCreate, cuMemCreate, 10020, , (CUmemGenericAllocationHandle_v1 *, size_t, const CUmemAllocationProp_v1 *, unsigned long long)) \
	X(cuMemFree, cuMemFree, 2000, , (CUdeviceptr_v1)) \
	X(cuMemFreeAsync, cuMemFreeAsync, 11020, , (CUdeviceptr_v2, CUstream)) \
	X(cuMemFreeAsync_ptsz, cuMemFreeAsync, 11020, _ptsz, (CUdeviceptr_v2, CUstream)) \
	X(cuMemFreeHost, cuMemFreeHost, 2000, , (void *)) \
	X(cuMemFree_v2, cuMemFree, 3020, , (CUdeviceptr_v2)) \
	X(cuMemHostAlloc, cuMemHostAlloc, 2020, , (void **, size_t, unsigned int)) \
	X(cuMemHostRegister, cuMemHostRegister, 4000, , (void *, size_t, unsigned int)) \
	X(cuMemHostRegister_v2, cuMemHostRegister, 6050, , (void *, size_t, unsigned int)) \
	X(cuMemHostUnregister, cuMemHostUnregister, 4000, , (void *)) \
	X(cuMemImportFromShareableHandle, cuMemImportFromShareableHandle, 10020, , (CUmemGenericAllocationHandle_v1 *, void *, CUmemAllocationHandleType)) \
	X(cuMemMap, cuMemMap, 10020, , (CUdeviceptr_v2, size_t, size_t, CUmemGenericAllocationHandle_v1, unsigned long long)) \
	X(cuMemPoolCreate, cuMemPoolCreate, 11020, , (CUmemoryPool *, const CUmemPoolProps_v1 *)) \
	X(cuMemPoolDestroy, cuMemPoolDestroy, 11020, , (CUmemoryPool)) \
	X(cuMemPoolImportFromShareableHandle, cuMemPoolImportFromShareableHandle, 11020, , (CUmemoryPool *, void *, CUmemAllocationHandleType, unsigned long long)) \
	X(cuMemPoolImportPointer, cuMemPoolImportPointer, 11020, , (CUdeviceptr_v2 *, CUmemoryPool, CUmemPoolPtrExportData_v1 *)) \
	X(cuMemRelease, cuMemRelease, 10020, , (CUmemGenericAllocationHandle_v1)) \
	X(cuMemRetainAllocationHandle, cuMemRetainAllocationHandle, 11000, , (CUmemGenericAllocationHandle_v1 *, void *)) \
	X(cuMemUnmap, cuMemUnmap, 10020, , (CUdeviceptr_v2, size_t)) \
	X(cuMipmappedArrayCreate, cuMipmappedArrayCreate, 5000, , (CUmipmappedArray *, const CUDA_ARRAY3D_DESCRIPTOR_v2 *, unsigned int)) \
	X(cuMipmappedArrayDestroy, cuMipmappedArrayDestroy, 5000, , (CUmipmappedArray)) \
	X(cuModuleLoad, cuModuleLoad, 2000, , (CUmodule *, const char *)) \
	X(cuModuleLoadData, cuModuleLoadData, 2000, , (CUmodule *, const void *)) \
	X(cuModuleLoadDataEx, cuModuleLoadDataEx, 2010, , (CUmodule *, const void *, unsigned int, CUjit_option *, void **)) \
	X(cuModuleLoadFatBinary, cuModuleLoadFatBinary, 2000, , (CUmodule *, const void *)) \
	X(cuModuleUnload, cuModuleUnload, 2000, , (CUmodule)) \
	X(cuStreamBeginCaptureToGraph, cuStreamBeginCaptureToGraph, 12030, , (CUstream, CUgraph, const CUgraphNode *, const CUgraphEdgeData *, size_t, CUstreamCaptureMode)) \
	X(cuStreamBeginCaptureToGraph_ptsz, cuStreamBeginCaptureToGraph, 12030, _ptsz, (CUstream, CUgraph, const CUgraphNode *, const CUgraphEdgeData *, size_t, CUstreamCaptureMode)) \
	X(cuStreamCreate, cuStreamCreate, 2000, , (CUstream *, unsigned int)) \
	X(cuStreamCreateWithPriority, cuStreamCreateWithPriority, 5050, , (CUstream *, unsigned int, int)) \
	X(cuStreamDestroy, cuStreamDestroy, 2000, , (CUstream)) \
	X(cuStreamDestroy_v2, cuStreamDestroy, 4000, , (CUstream)) \
	X(cuStreamEndCapture, cuStreamEndCapture, 10000, , (CUstream, CUgraph *)) \
	X(cuStreamEndCapture_ptsz, cuStreamEndCapture, 10000, _ptsz, (CUstream, CUgraph *)) \
	X(cuSurfObjectCreate, cuSurfObjectCreate, 5000, , (CUsurfObject_v1 *, const CUDA_RESOURCE_DESC_v1 *)) \
	X(cuSurfObjectDestroy, cuSurfObjectDestroy, 5000, , (CUsurfObject_v1)) \
	X(cuTexObjectCreate, cuTexObjectCreate, 5000, , (CUtexObject_v1 *, const CUDA_RESOURCE_DESC_v1 *, const CUDA_TEXTURE_DESC_v1 *, const CUDA_RESOURCE_VIEW_DESC_v1 *)) \
	X(cuTexObjectDestroy, cuTexObjectDestroy, 5000, , (CUtexObject_v1))

/* What the wrappers themselves ask. */
#define LS_DRIVER_ASKED(X) \
	X(cuCtxGetCurrent, cuCtxGetCurrent, 4000, , (CUcontext *)) \
	X(cuCtxGetDevice, cuCtxGetDevice, 2000, , (CUdevice_v1 *)) \
	X(cuDeviceGetName, cuDeviceGetName, 2000, , (char *, int, CUdevice_v1)) \
	X(cuDeviceGetUuid, cuDeviceGetUuid, 9020, , (CUuuid *, CUdevice_v1)) \
	X(cuDeviceGetUuid_v2, cuDeviceGetUuid, 11040, , (CUuuid *, CUdevice_v1)) \
	X(cuDevicePrimaryCtxGetState, cuDevicePrimaryCtxGetState, 7000, , (CUdevice_v1, unsigned int *, int *)) \
	X(cuDeviceTotalMem_v2, cuDeviceTotalMem, 3020, , (size_t *, CUdevice_v1)) \
	X(cuMemGetAddressRange_v2, cuMemGetAddressRange, 3020, , (CUdeviceptr_v2 *, size_t *, CUdeviceptr_v2)) \
	X(cuMemGetInfo_v2, cuMemGetInfo, 3020, , (size_t *, size_t *)) \
	X(cuStreamGetCaptureInfo_v2, cuStreamGetCaptureInfo, 11030, , (CUstream, CUstreamCaptureStatus *, cuuint64_t *, CUgraph *, const CUgraphNode **, size_t *)) \
	X(cuStreamIsCapturing, cuStreamIsCapturing, 10000, , (CUstream, CUstreamCaptureStatus *))
/* clang-format on */

#define LS_DRIVER_TYPE(name, base, version, suffix, arguments)                                     \
	typedef CUresult(*ls_fn_##name) arguments;
LS_DRIVER_WRAPPED(LS_DRIVER_TYPE)
LS_DRIVER_ASKED(LS_DRIVER_TYPE)
#undef LS_DRIVER_TYPE

#endif
