/* SPDX-License-Identifier: MIT */
/*
 * Nothing but checks: that gpu_api.h says what cuda.h says.  Compiled where cuda.h of
 * CUDA 13 or later is found; older ones lack half of the functions.
 */
/* all variants, old ones too */
#define __CUDA_API_VERSION_INTERNAL
#include <cuda.h>
#include <cudaTypedefs.h>

#define LS_GPU_API_CHECKED
#include "gpu_api.h"

#define SAME(condition) _Static_assert(condition, "gpu_api.h is not what cuda.h says")

/* ---- functions: the very types of their pointers ---- */

#define SAME_FUNCTION(name, base, version, suffix, arguments)                                      \
	SAME(__builtin_types_compatible_p(ls_fn_##name, PFN_##base##_v##version##suffix));
LS_DRIVER_WRAPPED(SAME_FUNCTION)
LS_DRIVER_ASKED(SAME_FUNCTION)

/* ---- values ---- */

SAME(sizeof(CUresult) == sizeof(int));
SAME(sizeof(CUuuid) == 16);
SAME(sizeof(CUipcMemHandle_v1) == 64 && sizeof(CUipcEventHandle_v1) == 64);
SAME(sizeof(CUdevice) == sizeof(int) && sizeof(CUdevice_v1) == sizeof(int));
SAME(sizeof(CUdeviceptr_v1) == sizeof(unsigned int) && sizeof(CUdeviceptr_v2) == 8);
SAME(sizeof(CUmemGenericAllocationHandle_v1) == 8);
SAME(sizeof(CUtexObject_v1) == 8 && sizeof(CUsurfObject_v1) == 8);
SAME(sizeof(CUmemAllocationHandleType) == sizeof(int) && sizeof(CUjit_option) == sizeof(int) &&
     sizeof(CUlibraryOption) == sizeof(int) && sizeof(CUstreamCaptureStatus) == sizeof(int) &&
     sizeof(CUstreamCaptureMode) == sizeof(int));
SAME(sizeof(CUdriverProcAddressQueryResult) == sizeof(int) &&
     sizeof(CUgraphExecUpdateResult) == sizeof(int));
SAME((int)LS_CU_SUCCESS == (int)CUDA_SUCCESS);
SAME((int)LS_CU_DEINITIALIZED == (int)CUDA_ERROR_DEINITIALIZED);
SAME((int)LS_CU_STUB_LIBRARY == (int)CUDA_ERROR_STUB_LIBRARY);
SAME((int)LS_CU_LOCATION_DEVICE == (int)CU_MEM_LOCATION_TYPE_DEVICE);
SAME((int)LS_CU_CAPTURE_ACTIVE == (int)CU_STREAM_CAPTURE_STATUS_ACTIVE);
SAME((int)LS_CU_NODE_GRAPH == (int)CU_GRAPH_NODE_TYPE_GRAPH);
SAME((int)LS_CU_NODE_ALLOC == (int)CU_GRAPH_NODE_TYPE_MEM_ALLOC);
SAME((int)LS_CU_NODE_FREE == (int)CU_GRAPH_NODE_TYPE_MEM_FREE);
SAME((int)LS_CU_PER_THREAD_STREAM == (int)CU_GET_PROC_ADDRESS_PER_THREAD_DEFAULT_STREAM);
SAME((int)LS_CU_AUTO_FREE_ON_LAUNCH == (int)CUDA_GRAPH_INSTANTIATE_FLAG_AUTO_FREE_ON_LAUNCH);
SAME((int)LS_CU_CHILD_MOVED == (int)CU_GRAPH_CHILD_GRAPH_OWNERSHIP_MOVE);
SAME(LS_CU_ARRAY_LAYERED == CUDA_ARRAY3D_LAYERED && LS_CU_ARRAY_CUBEMAP == CUDA_ARRAY3D_CUBEMAP &&
     LS_CU_ARRAY_SPARSE == CUDA_ARRAY3D_SPARSE &&
     LS_CU_ARRAY_DEFERRED == CUDA_ARRAY3D_DEFERRED_MAPPING);
SAME(__builtin_types_compatible_p(__typeof__(LS_CU_STREAM_PER_THREAD),
				  __typeof__(CU_STREAM_PER_THREAD)));

/* ---- members that are read ---- */

#define SAME_MEMBER(ours, member, theirs, their_member)                                            \
	SAME(offsetof(struct ours, member) == offsetof(theirs, their_member) &&                    \
	     sizeof(((struct ours *)0)->member) == sizeof(((theirs *)0)->their_member))

SAME(sizeof(struct ls_cu_location) == sizeof(CUmemLocation));
SAME_MEMBER(ls_cu_location, type, CUmemLocation, type);
SAME_MEMBER(ls_cu_location, id, CUmemLocation, id);
SAME_MEMBER(ls_cu_allocation_prop, location, CUmemAllocationProp_v1, location);
SAME(sizeof(struct ls_cu_pool_props) == sizeof(CUmemPoolProps_v1));
SAME_MEMBER(ls_cu_pool_props, location, CUmemPoolProps_v1, location);
SAME(sizeof(struct ls_cu_array_1) == sizeof(CUDA_ARRAY_DESCRIPTOR_v1));
SAME_MEMBER(ls_cu_array_1, width, CUDA_ARRAY_DESCRIPTOR_v1, Width);
SAME_MEMBER(ls_cu_array_1, height, CUDA_ARRAY_DESCRIPTOR_v1, Height);
SAME_MEMBER(ls_cu_array_1, format, CUDA_ARRAY_DESCRIPTOR_v1, Format);
SAME_MEMBER(ls_cu_array_1, channels, CUDA_ARRAY_DESCRIPTOR_v1, NumChannels);
SAME(sizeof(struct ls_cu_array) == sizeof(CUDA_ARRAY_DESCRIPTOR_v2));
SAME_MEMBER(ls_cu_array, width, CUDA_ARRAY_DESCRIPTOR_v2, Width);
SAME_MEMBER(ls_cu_array, height, CUDA_ARRAY_DESCRIPTOR_v2, Height);
SAME_MEMBER(ls_cu_array, format, CUDA_ARRAY_DESCRIPTOR_v2, Format);
SAME_MEMBER(ls_cu_array, channels, CUDA_ARRAY_DESCRIPTOR_v2, NumChannels);
SAME(sizeof(struct ls_cu_array3d_1) == sizeof(CUDA_ARRAY3D_DESCRIPTOR_v1));
SAME_MEMBER(ls_cu_array3d_1, depth, CUDA_ARRAY3D_DESCRIPTOR_v1, Depth);
SAME_MEMBER(ls_cu_array3d_1, format, CUDA_ARRAY3D_DESCRIPTOR_v1, Format);
SAME_MEMBER(ls_cu_array3d_1, channels, CUDA_ARRAY3D_DESCRIPTOR_v1, NumChannels);
SAME_MEMBER(ls_cu_array3d_1, flags, CUDA_ARRAY3D_DESCRIPTOR_v1, Flags);
SAME(sizeof(struct ls_cu_array3d) == sizeof(CUDA_ARRAY3D_DESCRIPTOR_v2));
SAME_MEMBER(ls_cu_array3d, depth, CUDA_ARRAY3D_DESCRIPTOR_v2, Depth);
SAME_MEMBER(ls_cu_array3d, format, CUDA_ARRAY3D_DESCRIPTOR_v2, Format);
SAME_MEMBER(ls_cu_array3d, channels, CUDA_ARRAY3D_DESCRIPTOR_v2, NumChannels);
SAME_MEMBER(ls_cu_array3d, flags, CUDA_ARRAY3D_DESCRIPTOR_v2, Flags);
SAME_MEMBER(ls_cu_buffer, size, CUDA_EXTERNAL_MEMORY_BUFFER_DESC_v1, size);
SAME_MEMBER(ls_cu_external_memory, size, CUDA_EXTERNAL_MEMORY_HANDLE_DESC_v1, size);
SAME_MEMBER(ls_cu_external_mipmap, array, CUDA_EXTERNAL_MEMORY_MIPMAPPED_ARRAY_DESC_v1, arrayDesc);
SAME_MEMBER(ls_cu_external_mipmap, levels, CUDA_EXTERNAL_MEMORY_MIPMAPPED_ARRAY_DESC_v1, numLevels);
SAME(sizeof(struct ls_cu_alloc_node) == sizeof(CUDA_MEM_ALLOC_NODE_PARAMS_v1));
SAME(sizeof(struct ls_cu_alloc_node) == sizeof(CUDA_MEM_ALLOC_NODE_PARAMS_v2));
SAME_MEMBER(ls_cu_alloc_node, props, CUDA_MEM_ALLOC_NODE_PARAMS_v2, poolProps);
SAME_MEMBER(ls_cu_alloc_node, size, CUDA_MEM_ALLOC_NODE_PARAMS_v2, bytesize);
SAME_MEMBER(ls_cu_alloc_node, address, CUDA_MEM_ALLOC_NODE_PARAMS_v2, dptr);
SAME_MEMBER(ls_cu_node_params, type, CUgraphNodeParams, type);
SAME_MEMBER(ls_cu_node_params, u.alloc, CUgraphNodeParams, alloc);
SAME_MEMBER(ls_cu_node_params, u.free.address, CUgraphNodeParams, free.dptr);
SAME_MEMBER(ls_cu_node_params, u.child.graph, CUgraphNodeParams, graph.graph);
SAME_MEMBER(ls_cu_node_params, u.child.ownership, CUgraphNodeParams, graph.ownership);
SAME_MEMBER(ls_cu_instantiate_params, flags, CUDA_GRAPH_INSTANTIATE_PARAMS, flags);

/* a translation unit has to declare something */
extern const int ls_gpu_api_is_checked;
