/* SPDX-License-Identifier: MIT */
/*
 * Memory at a second address, of this process or another one on this machine: what is
 * behind IPC handles, imported pools and external memory.
 */
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sim.h"

static const char magic[8] = "simcuda";

bool sim_share(struct sim_shared *shared, const struct sim_block *b)
{
	if (b->arena >= SIM_MAX_DEVICES)
		return false;
	memset(shared, 0, sizeof *shared);
	memcpy(shared->magic, magic, sizeof magic);
	shared->pid = getpid();
	shared->file = sim_device_file(b->device);
	shared->device = b->device;
	shared->kind = b->kind;
	shared->start = b->offset;
	shared->bytes = b->bytes;
	shared->length = b->length;
	shared->id = b->id;
	return true;
}

bool sim_shared_valid(const struct sim_shared *shared, int kind)
{
	return !memcmp(shared->magic, magic, sizeof magic) && shared->kind == kind &&
	       shared->device >= 0 && (unsigned)shared->device < sim.devices;
}

int sim_shared_file(const struct sim_shared *shared)
{
	int fd = (int)syscall(SYS_memfd_create, "simcuda-handle", 1u);
	if (fd >= 0 && pwrite(fd, shared, sizeof *shared, 0) != sizeof *shared) {
		close(fd);
		fd = -1;
	}
	return fd;
}

bool sim_shared_read(struct sim_shared *shared, int fd, int kind)
{
	return pread(fd, shared, sizeof *shared, 0) == sizeof *shared &&
	       sim_shared_valid(shared, kind);
}

CUresult sim_alias_new(enum sim_kind kind, const struct sim_shared *shared,
		       const struct sim_object *context, struct sim_block **block)
{
	/* Pages are shown whole: the address has the same place in its page. */
	uint64_t skew = shared->start % 4096, length = (skew + shared->length + 4095) & ~4095ull;
	struct sim_block *b = sim_block(sim_block_new(SIM_ARENA_RANGES, length, 4096));
	if (!b)
		return CUDA_ERROR_OUT_OF_MEMORY;
	uint64_t to = sim_block_address(b);
	sim_block_delete(sim_block_index(b));
	b = sim_block(sim_block_new_at(SIM_ARENA_RANGES, to + skew, length - skew));
	if (!b)
		return CUDA_ERROR_OUT_OF_MEMORY;
	if (!sim_pages_shared(shared->pid, shared->file, shared->start - skew, to, length)) {
		sim_block_delete(sim_block_index(b));
		return CUDA_ERROR_MAP_FAILED;
	}
	b->kind = (uint8_t)kind;
	b->device = (int8_t)shared->device;
	b->ctx = sim_slot(context);
	b->bytes = shared->bytes;
	b->start = shared->id;
	b->flags = (unsigned)shared->pid;
	b->access = true;
	b->imported = true;
	struct sim_entry e = {to + skew, shared->bytes, (uintptr_t)sim_context_handle(b->ctx), 0,
			      shared->device};
	sim_account_create(kind, &e);
	*block = b;
	return CUDA_SUCCESS;
}

CUresult cuIpcGetMemHandle(CUipcMemHandle *handle, CUdeviceptr p)
{
	SIM_CALL(cuIpcGetMemHandle);
	SIM_LOCKED;
	const struct sim_block *b = sim_block_at(p);
	struct sim_shared shared;
	_Static_assert(offsetof(struct sim_shared, prop) <= sizeof handle->reserved, "fits");
	if (!handle || !b || b->kind != SIM_DEVICE || !sim_share(&shared, b))
		return CUDA_ERROR_INVALID_VALUE;
	memset(handle, 0, sizeof *handle);
	memcpy(handle, &shared, offsetof(struct sim_shared, prop));
	return CUDA_SUCCESS;
}

static CUresult open_handle(CUdeviceptr *p, const CUipcMemHandle *handle, unsigned flags)
{
	if (!p || flags != CU_IPC_MEM_LAZY_ENABLE_PEER_ACCESS)
		return CUDA_ERROR_INVALID_VALUE;
	SIM_LOCKED;
	CUresult r;
	const struct sim_object *context = sim_current(&r);
	if (!context)
		return r;
	struct sim_shared shared = {0};
	memcpy(&shared, handle, offsetof(struct sim_shared, prop));
	if (!sim_shared_valid(&shared, SIM_DEVICE))
		return CUDA_ERROR_INVALID_VALUE;
	/* Opened again in the same context: the same address, and one more to close. */
	for (uint32_t n = sim_block_next(SIM_ARENA_RANGES, 0); n;
	     n = sim_block_next(SIM_ARENA_RANGES, n)) {
		struct sim_block *b = sim_block(n);
		if (b->kind == SIM_IPC && b->start == shared.id &&
		    b->flags == (unsigned)shared.pid && b->ctx == sim_slot(context)) {
			b->refs++;
			*p = sim_block_address(b);
			return CUDA_SUCCESS;
		}
	}
	struct sim_block *b;
	r = sim_alias_new(SIM_IPC, &shared, context, &b);
	if (!r)
		*p = sim_block_address(b);
	return r;
}

CUresult cuIpcOpenMemHandle(CUdeviceptr *p, CUipcMemHandle handle, unsigned flags)
{
	SIM_CALL_SLOW(cuIpcOpenMemHandle);
	return open_handle(p, &handle, flags);
}

CUresult cuIpcOpenMemHandle_v2(CUdeviceptr *p, CUipcMemHandle handle, unsigned flags)
{
	SIM_CALL_SLOW(cuIpcOpenMemHandle);
	return open_handle(p, &handle, flags);
}

CUresult cuIpcCloseMemHandle(CUdeviceptr p)
{
	SIM_CALL_SLOW(cuIpcCloseMemHandle);
	SIM_LOCKED;
	struct sim_block *b = sim_block_in(SIM_ARENA_RANGES, p);
	if (!b || b->kind != SIM_IPC)
		return sim_unknown();
	if (--b->refs == 0) {
		sim_run_until(UINT64_MAX);
		sim_memory_delete(b, "call");
	}
	return CUDA_SUCCESS;
}
