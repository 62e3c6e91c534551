/* SPDX-License-Identifier: MIT */
/* A recording for tests of gpu.h, what it says of CUDA memory, and what a wrapper does. */
#ifndef LS_GPU_TEST_H
#define LS_GPU_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "context.h"
#include "depot.h"
#include "gpu.h"
#include "gpu_table.h"
#include "live.h"
#include "process.h"
#include "recording.h"
#include "scope.h"
#include "storage.h"
#include "timeline.h"

#define DEVICES 2
#define CONTEXT(device) (0xc0de000ull + (device)*0x1000)
static char folder[] = "/tmp/leakscope-gpu-XXXXXX";
static uint32_t stack;

static inline int setup(void **state)
{
	static char *environment[] = {NULL};
	static const uintptr_t pc[] = {0x401000, 0x402000};
	uint8_t uuid[16] = {1};
	int why;
	(void)state;
	ls_initial_environ = environment;
	assert_non_null(mkdtemp(folder));
	assert_true(ls_real_ready());
	assert_true(ls_recording_create(folder, "test.rec", NULL, &why));
	ls_header->depth = 16;
	assert_true(ls_live_start() && ls_depot_start() && ls_context_start() &&
		    ls_scope_start(false));
	ls_gpu_start();
	ls_timeline_start();
	ls_generation = 1;
	ls_gate_open(true);
	stack = ls_depot_put(pc, 2, 0);
	assert_int_not_equal(stack, 0);
	for (int i = 0; i < DEVICES; i++) {
		uuid[15] = (uint8_t)i;
		assert_false(ls_gpu_device_known(i));
		ls_gpu_device(i, uuid, "a GPU", 1 << 30, false);
		assert_true(ls_gpu_device_known(i));
		assert_false(ls_gpu_context_known(CONTEXT(i)));
		ls_gpu_context(CONTEXT(i), i);
		assert_true(ls_gpu_context_known(CONTEXT(i)));
	}
	return 0;
}

static inline int teardown(void **state)
{
	(void)state;
	ls_gate_shut();
	ls_storage_unlink();
	return rmdir(folder);
}

/* ---- what the recording says ---- */

/* The only record with this handle that is not free; NULL: none. */
static inline const struct ls_resource *record_of(uint64_t handle)
{
	const struct ls_resource *found = NULL;
	for (uint32_t id = 1; id < ls_resources_table.used; id++) {
		const struct ls_resource *r = ls_gpu_at(id);
		if (r->state && r->handle == handle) {
			assert_null(found);
			found = r;
		}
	}
	return found;
}

struct sum {
	int64_t blocks, bytes;
};

/* What the records say is live of a kind of memory, or with RECLAIMED what was taken back. */
static inline struct sum sum_records(uint32_t memory, bool reclaimed)
{
	struct sum s = {0, 0};
	for (uint32_t id = 1; id < ls_resources_table.used; id++) {
		const struct ls_resource *r = ls_gpu_at(id);
		if (!r->state || (r->state == LS_RESOURCE_RECLAIMED) != reclaimed ||
		    ls_context_at(r->context)->memory != memory)
			continue;
		s.blocks++;
		s.bytes += memory == LS_MEM_HANDLE ? 0 : (int64_t)r->size;
	}
	return s;
}

static inline struct sum sum_contexts(uint32_t memory)
{
	struct sum s = {0, 0};
	for (uint32_t id = 1; id < ls_contexts_table.used; id++) {
		const struct ls_context *c = ls_context_at(id);
		if (!c->state || c->memory != memory)
			continue;
		s.blocks += (int64_t)(c->allocations + c->moved_in - c->frees - c->foreign_frees -
				      c->moved_out);
		s.bytes += (int64_t)(c->allocated_bytes + c->moved_in_bytes - c->freed_bytes -
				     c->foreign_freed_bytes - c->moved_out_bytes);
	}
	return s;
}

/* All of it agrees with itself. */
static inline void check_sums(void)
{
	int64_t on_devices = 0, devices = 0, path = 0, kinds = 0;
	uint64_t taken_bytes = 0, taken_blocks = 0, device_taken_bytes = 0, device_taken_blocks = 0;
	for (uint32_t m = LS_MEM_DEVICE; m <= LS_MEM_HANDLE; m++) {
		struct sum live = sum_records(m, false), taken = sum_records(m, true);
		struct sum c = sum_contexts(m);
		assert_int_equal(live.blocks + taken.blocks, c.blocks);
		assert_int_equal(live.bytes + taken.bytes, c.bytes);
		assert_int_equal(ls_header->peaks[m].live_bytes, live.bytes);
		assert_true(ls_header->peaks[m].peak_bytes >= live.bytes);
		kinds += live.bytes;
		if (m == LS_MEM_DEVICE || m == LS_MEM_VMM || m == LS_MEM_POOL ||
		    m == LS_MEM_ARRAY || m == LS_MEM_GRAPH)
			on_devices += live.bytes;
		if (m != LS_MEM_HANDLE) {
			taken_bytes += (uint64_t)taken.bytes;
			taken_blocks += (uint64_t)taken.blocks;
		}
	}
	for (uint16_t id = 1; id < ls_devices_table.used; id++) {
		devices += ls_gpu_device_at(id)->memory.live_bytes;
		device_taken_bytes += ls_gpu_device_at(id)->reclaimed_bytes;
		device_taken_blocks += ls_gpu_device_at(id)->reclaimed_blocks;
	}
	for (uint32_t id = 1; id < ls_paths_table.used; id++)
		path += ((struct ls_path *)ls_table_at(&ls_paths_table, id))->live_bytes;
	assert_int_equal(devices, on_devices);
	assert_int_equal(device_taken_bytes, taken_bytes);
	assert_int_equal(device_taken_blocks, taken_blocks);
	assert_int_equal(path, kinds + ls_header->peaks[LS_MEM_HOST].live_bytes);
}

/* ---- what a wrapper does ---- */

static inline struct ls_gpu_new new_of(enum ls_memory memory, enum ls_resource_type type,
				       enum ls_gpu_class class, uint64_t handle, uint64_t size)
{
	return (struct ls_gpu_new){.memory = memory,
				   .type = type,
				   .class = class,
				   .handle = handle,
				   .size = size,
				   .cuda_context = CONTEXT(0),
				   .ordinal = -1,
				   .stack = stack};
}

static inline void create(enum ls_memory memory, enum ls_resource_type type,
			  enum ls_gpu_class class, uint64_t handle, uint64_t size)
{
	struct ls_gpu_new n = new_of(memory, type, class, handle, size);
	ls_gpu_created(&n, 0);
}

static inline void alloc(uint64_t address, uint64_t size)
{
	create(LS_MEM_DEVICE, LS_RES_ALLOC, LS_GPU_ADDRESS, address, size);
}

static inline bool release_as(enum ls_gpu_class class, uint64_t handle, enum ls_gpu_outcome outcome)
{
	struct ls_gpu_release r;
	ls_gpu_release_begin(&r, class, handle);
	bool known = r.record != 0;
	ls_gpu_release_end(&r, outcome);
	return known;
}

static inline bool release(enum ls_gpu_class class, uint64_t handle)
{
	return release_as(class, handle, LS_GPU_RELEASED);
}

#endif
