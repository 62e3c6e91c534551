/* SPDX-License-Identifier: MIT */
/*
 * Wrappers of the driver's functions that make and destroy what is no memory: streams,
 * events, modules, libraries, texture and surface objects, and what is imported from
 * other interfaces.
 */
#include "gpu_tell.h"
#include "gpu_wrap.h"

#define HANDLE(call, out, kind, class_, ...)                                                       \
	CREATED(ls_tell_created, call, out, .memory = LS_MEM_HANDLE, .type = kind,                 \
		.class = class_, .ordinal = -1, __VA_ARGS__)
#define DESTROYED(name, handle_type, class)                                                        \
	LS_DRIVER_WRAP(name, (handle_type handle), (handle), RELEASED(class, handle, real(handle)))

/* ---- streams and events ---- */

#define STREAM(call, out, from)                                                                    \
	HANDLE(call, out, LS_RES_STREAM, LS_GPU_STREAM, .parent = ls_handle(from))
#define EVENT(call, out) HANDLE(call, out, LS_RES_EVENT, LS_GPU_EVENT, .parent = 0)

LS_DRIVER_WRAP(cuStreamCreate, (CUstream * out, unsigned int flags), (out, flags),
	       STREAM(real(out, flags), out, NULL))
LS_DRIVER_WRAP(cuStreamCreateWithPriority, (CUstream * out, unsigned int flags, int priority),
	       (out, flags, priority), STREAM(real(out, flags, priority), out, NULL))
LS_DRIVER_WRAP(cuGreenCtxStreamCreate,
	       (CUstream * out, CUgreenCtx from, unsigned int flags, int priority),
	       (out, from, flags, priority), STREAM(real(out, from, flags, priority), out, from))
DESTROYED(cuStreamDestroy, CUstream, LS_GPU_STREAM)
DESTROYED(cuStreamDestroy_v2, CUstream, LS_GPU_STREAM)
LS_DRIVER_WRAP(cuEventCreate, (CUevent * out, unsigned int flags), (out, flags),
	       EVENT(real(out, flags), out))
LS_DRIVER_WRAP(cuIpcOpenEventHandle, (CUevent * out, CUipcEventHandle_v1 handle), (out, handle),
	       EVENT(real(out, handle), out))
DESTROYED(cuEventDestroy, CUevent, LS_GPU_EVENT)
DESTROYED(cuEventDestroy_v2, CUevent, LS_GPU_EVENT)

/* ---- code: modules belong to a context, libraries to none ---- */

#define GROWN(made)                                                                                \
	({                                                                                         \
		struct ls_growth growth_;                                                          \
		ls_growth_begin(&growth_, -1);                                                     \
		CUresult made_ = made;                                                             \
		ls_growth_end(&growth_);                                                           \
		made_;                                                                             \
	})
#define MODULE(call, out) GROWN(HANDLE(call, out, LS_RES_MODULE, LS_GPU_MODULE, .parent = 0))
#define LIBRARY(call, out)                                                                         \
	GROWN(CREATED(ls_tell_global, call, out, .memory = LS_MEM_HANDLE, .type = LS_RES_LIBRARY,  \
		      .class = LS_GPU_LIBRARY, .ordinal = -1))

LS_DRIVER_WRAP(cuModuleLoad, (CUmodule * out, const char *file), (out, file),
	       MODULE(real(out, file), out))
LS_DRIVER_WRAP(cuModuleLoadData, (CUmodule * out, const void *image), (out, image),
	       MODULE(real(out, image), out))
LS_DRIVER_WRAP(cuModuleLoadDataEx,
	       (CUmodule * out, const void *image, unsigned int count, CUjit_option *options,
		void **values),
	       (out, image, count, options, values),
	       MODULE(real(out, image, count, options, values), out))
LS_DRIVER_WRAP(cuModuleLoadFatBinary, (CUmodule * out, const void *image), (out, image),
	       MODULE(real(out, image), out))
DESTROYED(cuModuleUnload, CUmodule, LS_GPU_MODULE)
LS_DRIVER_WRAP(cuLibraryLoadData,
	       (CUlibrary * out, const void *code, CUjit_option *jit, void **jit_values,
		unsigned int jit_count, CUlibraryOption *options, void **values,
		unsigned int count),
	       (out, code, jit, jit_values, jit_count, options, values, count),
	       LIBRARY(real(out, code, jit, jit_values, jit_count, options, values, count), out))
LS_DRIVER_WRAP(cuLibraryLoadFromFile,
	       (CUlibrary * out, const char *file, CUjit_option *jit, void **jit_values,
		unsigned int jit_count, CUlibraryOption *options, void **values,
		unsigned int count),
	       (out, file, jit, jit_values, jit_count, options, values, count),
	       LIBRARY(real(out, file, jit, jit_values, jit_count, options, values, count), out))
DESTROYED(cuLibraryUnload, CUlibrary, LS_GPU_LIBRARY)
LS_DRIVER_WRAP(cuLinkCreate,
	       (unsigned int count, CUjit_option *options, void **values, CUlinkState *out),
	       (count, options, values, out),
	       HANDLE(real(count, options, values, out), out, LS_RES_LINK, LS_GPU_LINK,
		      .parent = 0))
LS_DRIVER_WRAP(cuLinkCreate_v2,
	       (unsigned int count, CUjit_option *options, void **values, CUlinkState *out),
	       (count, options, values, out),
	       HANDLE(real(count, options, values, out), out, LS_RES_LINK, LS_GPU_LINK,
		      .parent = 0))
DESTROYED(cuLinkDestroy, CUlinkState, LS_GPU_LINK)

/* ---- objects ---- */

LS_DRIVER_WRAP(cuTexObjectCreate,
	       (CUtexObject_v1 * out, const CUDA_RESOURCE_DESC_v1 *resource,
		const CUDA_TEXTURE_DESC_v1 *texture, const CUDA_RESOURCE_VIEW_DESC_v1 *view),
	       (out, resource, texture, view),
	       HANDLE(real(out, resource, texture, view), out, LS_RES_TEXTURE, LS_GPU_TEXTURE,
		      .parent = 0))
DESTROYED(cuTexObjectDestroy, CUtexObject_v1, LS_GPU_TEXTURE)
LS_DRIVER_WRAP(cuSurfObjectCreate, (CUsurfObject_v1 * out, const CUDA_RESOURCE_DESC_v1 *resource),
	       (out, resource),
	       HANDLE(real(out, resource), out, LS_RES_SURFACE, LS_GPU_SURFACE, .parent = 0))
DESTROYED(cuSurfObjectDestroy, CUsurfObject_v1, LS_GPU_SURFACE)

LS_DRIVER_WRAP(cuImportExternalMemory,
	       (CUexternalMemory * out, const CUDA_EXTERNAL_MEMORY_HANDLE_DESC_v1 *d), (out, d),
	       HANDLE(real(out, d), out, LS_RES_EXTERNAL_MEMORY, LS_GPU_EXTERNAL, .parent = 0))
DESTROYED(cuDestroyExternalMemory, CUexternalMemory, LS_GPU_EXTERNAL)
LS_DRIVER_WRAP(cuImportExternalSemaphore,
	       (CUexternalSemaphore * out, const CUDA_EXTERNAL_SEMAPHORE_HANDLE_DESC_v1 *d),
	       (out, d),
	       HANDLE(real(out, d), out, LS_RES_EXTERNAL_SEMAPHORE, LS_GPU_EXTERNAL, .parent = 0))
DESTROYED(cuDestroyExternalSemaphore, CUexternalSemaphore, LS_GPU_EXTERNAL)
