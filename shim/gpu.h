/* SPDX-License-Identifier: MIT */
/*
 * Memory and handles of the CUDA driver: what the wrappers of its functions
 * (gpu_hooks_*) tell, and what is kept of it (resources in the recording, with an
 * index of the shim's own).  Device addresses and handles are not in the live
 * table: a handle may well be the address of a host block of the driver's.
 *
 * All of these may be called at any time from any thread, inside the guard or
 * not: they take it themselves, do nothing while the thread is inside the shim
 * already, and keep errno.  None calls the driver, and no lock is held while the
 * wrapper does.  PC is the wrapper's return address.
 */
#ifndef LS_GPU_H
#define LS_GPU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "format/ls_format.h"

/*
 * Names that can be equal without meaning the same: a resource is found by class
 * and handle.  Device, managed, pinned and pool addresses are one class, since
 * cuMemFree takes all of the first three kinds.
 */
enum ls_gpu_class {
	LS_GPU_ADDRESS = 0,    /* what cuMemFree, cuMemFreeAsync, cuMemFreeHost take */
	LS_GPU_REGISTERED = 1, /* cuMemHostRegister: the same address is a host block's too */
	LS_GPU_VMM = 2,        /* CUmemGenericAllocationHandle */
	LS_GPU_RANGE = 3,      /* cuMemAddressReserve */
	LS_GPU_IPC = 4,        /* cuIpcOpenMemHandle: counted by address */
	LS_GPU_ARRAY = 5,      /* CUarray, CUmipmappedArray */
	LS_GPU_POOL = 6,
	LS_GPU_CONTEXT = 7, /* CUcontext; primary contexts by LS_GPU_PRIMARY */
	LS_GPU_PRIMARY = 8, /* the handle is CUdevice + 1 */
	LS_GPU_STREAM = 9,
	LS_GPU_EVENT = 10,
	LS_GPU_MODULE = 11,
	LS_GPU_LIBRARY = 12,
	LS_GPU_LINK = 13,
	LS_GPU_TEXTURE = 14,
	LS_GPU_SURFACE = 15,
	LS_GPU_GRAPH = 16,
	LS_GPU_GRAPH_EXEC = 17,
	LS_GPU_EXTERNAL = 18, /* external memory and semaphores */
	LS_GPU_GREEN = 19
};

struct ls_gpu_new {
	enum ls_memory memory; /* LS_MEM_HANDLE for what is no memory */
	enum ls_resource_type type;
	enum ls_gpu_class class;
	uint64_t handle;       /* 0 is nothing: not recorded */
	uint64_t size;         /* as asked for */
	uint64_t cuda_context; /* current, 0 = none */
	uint64_t stream, parent;
	int ordinal;    /* CUdevice, -1 = that of cuda_context */
	uint32_t stack; /* taken earlier (ls_gpu_stack), 0 = take it now */
	uint64_t scope; /* with it: what to tag with (ls_gpu_scope), 0 = the active one */
};

/*
 * After the real call has succeeded.  An entry with the same handle gains a reference if its
 * class is IPC, VMM or PRIMARY; one of another class was released without our seeing it.
 */
void ls_gpu_created(const struct ls_gpu_new *n, uintptr_t pc);

/* A release under way: before and after the real call. */
struct ls_gpu_release {
	uint32_t record;          /* 0: not known */
	uint32_t was, generation; /* the bookkeeping's own */
	uint64_t handle;
	enum ls_gpu_class class;
};
/*
 * It can't be found any more from here on, since another thread may get the same
 * handle as soon as the driver has it back; a kill in between leaves it flagged.
 */
void ls_gpu_release_begin(struct ls_gpu_release *r, enum ls_gpu_class class, uint64_t handle);
enum ls_gpu_outcome {
	LS_GPU_RELEASED, /* one reference less, the last one ends it */
	LS_GPU_KEPT,     /* the call failed: everything is as before */
	LS_GPU_LATE      /* the driver is shutting down (CUDA_ERROR_DEINITIALIZED): no leak */
};
void ls_gpu_release_end(struct ls_gpu_release *r, enum ls_gpu_outcome outcome);

/* One more reference (cuMemRetainAllocationHandle, cuCtxAttach). */
void ls_gpu_retained(enum ls_gpu_class class, uint64_t handle);

/* Physical memory mapped at an address: keeps it alive after its handle has been released. */
void ls_gpu_mapped(uint64_t vmm_handle, uint64_t address, uint64_t size);
/* All mappings that lie in the range are gone. */
void ls_gpu_unmapped(uint64_t address, uint64_t size);

/*
 * A device and a context on it, told once by the first wrapper that meets them.
 * UUID may be NULL; NAME may be "".
 */
bool ls_gpu_device_known(int ordinal);
void ls_gpu_device(int ordinal, const uint8_t uuid[16], const char *name, uint64_t total_bytes,
		   bool mig);
bool ls_gpu_context_known(uint64_t cuda_context);
void ls_gpu_context(uint64_t cuda_context, int ordinal);

/*
 * The context is gone; told before ls_gpu_release_end of its handle.  What the driver
 * frees with it is marked reclaimed: memory of cuMemAlloc, AllocPitch, AllocManaged,
 * AllocHost, HostAlloc, arrays, streams, events, modules, graphs, textures; not VMM, pool
 * and stream-ordered memory.
 */
void ls_gpu_context_destroyed(uint64_t cuda_context);
/*
 * The primary context of a device, and its end: cuDevicePrimaryCtxReset, or a release after which
 * the driver says that it is not active.  Retains may not all be seen, so that is not counted here.
 */
void ls_gpu_primary(int ordinal, uint64_t cuda_context);
void ls_gpu_primary_destroyed(int ordinal);
uint64_t ls_gpu_primary_of(int ordinal); /* 0 = none that is known */

/*
 * For memory that becomes live later than it was asked for (graphs).  The scope is a
 * handle that knows when its scope has closed meanwhile: the nearest open one is meant then.
 */
uint32_t ls_gpu_stack(uintptr_t pc);
uint64_t ls_gpu_scope(void);

/*
 * Memory of whole devices.  WANTED: a snapshot was made since the last measurement, so
 * that the next wrapper with a current context on the device should call cuMemGetInfo.
 * OWN_BYTES: by how much contexts and modules made the use grow, added up.
 */
bool ls_gpu_measure_wanted(uint64_t cuda_context);
void ls_gpu_measured(uint64_t cuda_context, uint64_t free_bytes, uint64_t total_bytes);
void ls_gpu_own_grew(int ordinal, uint64_t bytes);

/* The driver was reached (its library is loaded); something could not be tracked. */
void ls_gpu_seen(void);
void ls_gpu_untracked(const char *note);

/*
 * Re-tagging by the public API, to the scope record SCOPE: true if ADDRESS is a device address
 * that is known.  Unlike the others: inside the guard and under the recording's lock.
 */
bool ls_gpu_retag(uint64_t address, uint32_t scope);

#endif
