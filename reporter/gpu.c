/* SPDX-License-Identifier: MIT */
/* What the reporter knows of CUDA, see gpu.h. */
#include "gpu.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "fingerprint.h"
#include "units.h"

static const struct {
	const char *call, *one, *many;
	enum ls_memory memory;
} types[LS_RES_COUNT] = {
	[LS_RES_ALLOC] = {"cuMemAlloc", "buffer", "buffers", LS_MEM_DEVICE},
	[LS_RES_ALLOC_PITCH] = {"cuMemAllocPitch", "buffer", "buffers", LS_MEM_DEVICE},
	[LS_RES_ALLOC_MANAGED] = {"cuMemAllocManaged", "buffer", "buffers", LS_MEM_MANAGED},
	[LS_RES_ALLOC_ASYNC] = {"cuMemAllocAsync", "buffer", "buffers", LS_MEM_POOL},
	[LS_RES_ALLOC_POOL] = {"cuMemAllocFromPoolAsync", "buffer", "buffers", LS_MEM_POOL},
	[LS_RES_POOL_POINTER] = {"cuMemPoolImportPointer", "buffer", "buffers", LS_MEM_POOL},
	[LS_RES_ALLOC_HOST] = {"cuMemAllocHost", "buffer", "buffers", LS_MEM_PINNED},
	[LS_RES_HOST_ALLOC] = {"cuMemHostAlloc", "buffer", "buffers", LS_MEM_PINNED},
	[LS_RES_HOST_REGISTER] = {"cuMemHostRegister", "region", "regions", LS_MEM_REGISTERED},
	[LS_RES_VMM] = {"cuMemCreate", "allocation", "allocations", LS_MEM_VMM},
	[LS_RES_RESERVATION] = {"cuMemAddressReserve", "address range", "address ranges",
				LS_MEM_HANDLE},
	[LS_RES_POOL] = {"cuMemPoolCreate", "memory pool", "memory pools", LS_MEM_HANDLE},
	[LS_RES_ARRAY] = {"cuArrayCreate", "array", "arrays", LS_MEM_ARRAY},
	[LS_RES_MIPMAP] = {"cuMipmappedArrayCreate", "mipmapped array", "mipmapped arrays",
			   LS_MEM_ARRAY},
	[LS_RES_EXTERNAL_MEMORY] = {"cuImportExternalMemory", "external memory object",
				    "external memory objects", LS_MEM_HANDLE},
	[LS_RES_EXTERNAL_SEMAPHORE] = {"cuImportExternalSemaphore", "external semaphore",
				       "external semaphores", LS_MEM_HANDLE},
	[LS_RES_EXTERNAL_BUFFER] = {"cuExternalMemoryGetMappedBuffer", "buffer", "buffers",
				    LS_MEM_DEVICE},
	[LS_RES_EXTERNAL_MIPMAP] = {"cuExternalMemoryGetMappedMipmappedArray", "mipmapped array",
				    "mipmapped arrays", LS_MEM_ARRAY},
	[LS_RES_IPC] = {"cuIpcOpenMemHandle", "buffer", "buffers", LS_MEM_IPC},
	[LS_RES_CONTEXT] = {"cuCtxCreate", "context", "contexts", LS_MEM_HANDLE},
	[LS_RES_GREEN_CONTEXT] = {"cuGreenCtxCreate", "green context", "green contexts",
				  LS_MEM_HANDLE},
	[LS_RES_PRIMARY_CONTEXT] = {"cuDevicePrimaryCtxRetain", "primary context",
				    "primary contexts", LS_MEM_HANDLE},
	[LS_RES_STREAM] = {"cuStreamCreate", "stream", "streams", LS_MEM_HANDLE},
	[LS_RES_EVENT] = {"cuEventCreate", "event", "events", LS_MEM_HANDLE},
	[LS_RES_MODULE] = {"cuModuleLoad", "module", "modules", LS_MEM_HANDLE},
	[LS_RES_LIBRARY] = {"cuLibraryLoadData", "library", "libraries", LS_MEM_HANDLE},
	[LS_RES_LINK] = {"cuLinkCreate", "linker", "linkers", LS_MEM_HANDLE},
	[LS_RES_TEXTURE] = {"cuTexObjectCreate", "texture object", "texture objects",
			    LS_MEM_HANDLE},
	[LS_RES_SURFACE] = {"cuSurfObjectCreate", "surface object", "surface objects",
			    LS_MEM_HANDLE},
	[LS_RES_GRAPH] = {"cuGraphCreate", "graph", "graphs", LS_MEM_HANDLE},
	[LS_RES_GRAPH_EXEC] = {"cuGraphInstantiate", "executable graph", "executable graphs",
			       LS_MEM_HANDLE},
	[LS_RES_GRAPH_MEMORY] = {"cuGraphAddMemAllocNode", "buffer", "buffers", LS_MEM_GRAPH},
};

static bool starts_with(const char *text, const char *start)
{
	return strncmp(text, start, strlen(start)) == 0;
}

const char *lr_gpu_call(enum ls_resource_type type)
{
	return (unsigned)type < LS_RES_COUNT ? types[type].call : NULL;
}

const char *lr_gpu_noun(enum ls_memory memory, enum ls_resource_type type, uint64_t count)
{
	if (memory == LS_MEM_HOST)
		return lr_plural(count, "block", "blocks");
	if ((unsigned)type < LS_RES_COUNT && types[type].one)
		return lr_plural(count, types[type].one, types[type].many);
	if (memory == LS_MEM_HANDLE)
		return lr_plural(count, "handle", "handles");
	return lr_plural(count, "buffer", "buffers");
}

enum ls_memory lr_gpu_memory(enum ls_resource_type type)
{
	return (unsigned)type < LS_RES_COUNT && types[type].call ? types[type].memory
								 : LS_MEM_DEVICE;
}

bool lr_gpu_is_on_device(enum ls_memory memory)
{
	return memory != LS_MEM_HOST && memory != LS_MEM_PINNED && memory != LS_MEM_REGISTERED &&
	       memory != LS_MEM_HANDLE;
}

bool lr_gpu_is_nvidia(const char *module)
{
	static const char *const names[] = {
		"libcuda.so",  "libcudart.so", "libcublas.so",   "libcublasLt.so", "libcudnn",
		"libcufft.so", "libcufftw.so", "libcurand.so",   "libcusolver",    "libcusparse",
		"libnccl.so",  "libnvrtc",     "libnvJitLink.",  "libnvjpeg.so",   "libnpp",
		"libcupti.so", "libnvblas.so", "libcutensor.so", "libnvToolsExt.",
	};
	const char *base = lr_basename(module);
	size_t i;

	for (i = 0; i < sizeof names / sizeof *names; i++) {
		if (starts_with(base, names[i]) && strstr(base, ".so"))
			return true;
	}
	return module && starts_with(module, "/usr/local/cuda");
}

bool lr_gpu_is_header(const char *file)
{
	const char *base = lr_basename(file);

	return starts_with(file, "/usr/local/cuda") || strcmp(base, "cuda_runtime.h") == 0 ||
	       strcmp(base, "cuda_runtime_api.h") == 0;
}

static bool is_runtime_library(const struct lr_frame *frame)
{
	return starts_with(lr_basename(frame->module), "libcudart.so");
}

/* cudaMalloc, but not C++ of the program's (cudaThing(int)). */
static bool is_runtime_call(const struct lr_frame *frame)
{
	const char *f = frame->function;

	return f && starts_with(f, "cuda") && isupper((unsigned char)f[4]) && !strchr(f, '(') &&
	       !frame->file;
}

bool lr_gpu_is_internal(const struct lr_frame *frame)
{
	const char *f = frame->function;

	/* linked in, its own functions have names that are hashes */
	if (f && (starts_with(f, "libcudart_static_") || starts_with(f, "__cudart")))
		return true;
	return is_runtime_library(frame) && !is_runtime_call(frame);
}

size_t lr_gpu_runtime_frames(const struct lr_frame *frames, size_t count)
{
	size_t i;

	for (i = 1; i < count && lr_gpu_is_internal(&frames[i]); i++)
		;
	if (i < count && is_runtime_call(&frames[i]))
		i++;
	return count ? i - 1 : 0;
}

/* Functions of the runtime whose caller is to unload what they load. */
static bool is_load_call(const struct lr_frame *frame)
{
	return frame->function && starts_with(frame->function, "cudaLibraryLoad");
}

bool lr_gpu_is_theirs(const struct lr_frame *frames, size_t count)
{
	size_t runtime = lr_gpu_runtime_frames(frames, count), i;

	if (count < 2)
		return false;
	for (i = 1; i <= runtime; i++) {
		if (is_load_call(&frames[i]))
			return false;
	}
	return lr_gpu_is_internal(&frames[1]) || is_runtime_call(&frames[1]) ||
	       lr_gpu_is_nvidia(frames[1].module);
}

/*
 * PyTorch's allocator asks for segments of some MiB and cuts tensors from them.  Where its
 * cache is switched off, `allocate` calls the runtime itself: then it is a tensor.
 */
const char *lr_gpu_label(const struct lr_frame *frames, size_t count)
{
	static const char *const marks[] = {"CUDACachingAllocator",
					    "Native::", "ExpandableSegment"};
	bool innermost = true;
	size_t i, k;

	for (i = 0; i < count; i++) {
		const char *f = frames[i].function;

		if (!starts_with(lr_basename(frames[i].module), "libc10_cuda.so"))
			continue;
		if (innermost && f && strstr(f, "NativeCachingAllocator::allocate"))
			return NULL;
		innermost = false;
		for (k = 0; f && k < sizeof marks / sizeof *marks; k++) {
			if (strstr(f, marks[k]))
				return LR_LABEL_TORCH;
		}
	}
	return NULL;
}

char *lr_gpu_uuid(char text[LR_UUID_SIZE], const uint8_t uuid[16], bool mig)
{
	static const uint8_t none[16];
	size_t at, i;

	text[0] = '\0';
	if (memcmp(uuid, none, sizeof none) == 0)
		return text;
	at = (size_t)snprintf(text, LR_UUID_SIZE, "%s", mig ? "MIG-" : "GPU-");
	for (i = 0; i < 16; i++)
		at += (size_t)snprintf(text + at, LR_UUID_SIZE - at, "%s%02x",
				       i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", uuid[i]);
	return text;
}
