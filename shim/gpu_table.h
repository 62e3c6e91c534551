/* SPDX-License-Identifier: MIT */
/*
 * What the parts of the bookkeeping of CUDA resources share: the table of struct
 * ls_resource with its index by class and handle, devices and contexts, mappings.
 *
 * Locks.  A shard's, the devices' and the mappings' lock are leaves: what holds one of
 * them takes no other lock but that of the shim's own memory.  They may be taken while
 * the recording's is held.  Everything here is called inside the guard.
 */
#ifndef LS_GPU_TABLE_H
#define LS_GPU_TABLE_H

#include "glue.h"
#include "gpu.h"
#include "thread.h"

/* ---- gpu_table.c: records and their index ---- */

/* An entry of the index: one record by its key.  ID 0: free. */
struct ls_gpu_slot {
	uint64_t handle;
	uint32_t id, class;
};

/* A part of the index, chosen by the key, so that threads rarely meet at a lock. */
struct ls_gpu_shard {
	struct ls_lock lock;
	struct ls_gpu_slot *slot;
	uint32_t mask, used;
	uint32_t free_list; /* records of this shard that are free, through ls_resource.context */
} __attribute__((aligned(64)));
#define LS_GPU_SHARDS 16u
extern struct ls_gpu_shard ls_gpu_shards[LS_GPU_SHARDS];

struct ls_gpu_shard *ls_gpu_shard_of(enum ls_gpu_class class, uint64_t handle);
struct ls_resource *ls_gpu_at(uint32_t id);

/*
 * Lock the shard, with a free record and room for one more entry in it.  False: no
 * memory, or the lock can't be had.
 */
bool ls_gpu_lock_with_room(struct ls_gpu_shard *s);
/* A record from the shard's list; it is not in the index yet.  The shard's lock is held for these. */
uint32_t ls_gpu_take(struct ls_gpu_shard *s);
void ls_gpu_give_back(struct ls_gpu_shard *s, uint32_t id);

/*
 * The entry of a key that stands for it best: a live record that its handle still
 * refers to, else a reclaimed one, or one that only mappings hold.  NULL: none.
 */
struct ls_gpu_slot *ls_gpu_find(struct ls_gpu_shard *s, enum ls_gpu_class class, uint64_t handle);
/* The entry of a key whose release is under way, NULL: none. */
struct ls_gpu_slot *ls_gpu_find_releasing(struct ls_gpu_shard *s, enum ls_gpu_class class,
					  uint64_t handle);
/* Another entry for the key; ls_gpu_lock_with_room has made room. */
void ls_gpu_index(struct ls_gpu_shard *s, enum ls_gpu_class class, uint64_t handle, uint32_t id);
/* The entry of record ID is gone, if it has one. */
void ls_gpu_unindex(struct ls_gpu_shard *s, enum ls_gpu_class class, uint64_t handle, uint32_t id);

/* References of a record by its handle, mappings not counted. */
LS_INLINE uint32_t ls_gpu_handle_references(const struct ls_resource *r)
{
	return r->references - r->mappings;
}

/*
 * There is something of birth BIRTH or later that has not been released, contexts that
 * processes commonly leave to the driver not counted.
 */
bool ls_gpu_any(uint32_t birth);

/* ---- gpu_resource.c ---- */

/* What the driver freed with CUDA_CONTEXT is marked reclaimed. */
void ls_gpu_reclaim(uint64_t cuda_context);
/* The record of the context itself goes, unless its release is under way. */
void ls_gpu_end_context(struct ls_thread_state *t, uint64_t cuda_context);
/* A mapping more or less of VMM memory: by its handle, the record or 0; by the record. */
uint32_t ls_gpu_add_mapping(uint64_t vmm_handle);
void ls_gpu_drop_mapping(struct ls_thread_state *t, uint32_t id);
void ls_gpu_count_lost(void);

/* ---- gpu_device.c ---- */

/* The record of a device, by ordinal or, if that is -1, by context; 0: unknown. */
uint16_t ls_gpu_device_of(int ordinal, uint64_t cuda_context);
struct ls_device *ls_gpu_device_at(uint16_t id);
/* It is told of, and hasn't been destroyed. */
bool ls_gpu_context_alive(uint64_t cuda_context);
/*
 * A context of its own now has this handle, which may have been a primary one's.
 * EARLY: the end of the one that had it before is still to be told.
 */
void ls_gpu_context_created(uint64_t cuda_context, bool early);
void ls_gpu_device_start(void);
void ls_gpu_device_abandon(void);

/* A snapshot was made: devices are to be measured. */
void ls_gpu_snapshot_made(uint32_t id);

/* ---- gpu_vmm.c ---- */

struct ls_gpu_mapping {
	uint64_t address, size;
	uint32_t record;
};

/* The record that is mapped at ADDRESS, 0 = none. */
uint32_t ls_gpu_mapped_record(uint64_t address);
/* All mappings, while nobody can change them: they are counted. */
bool ls_gpu_mappings_lock(void);
const struct ls_gpu_mapping *ls_gpu_mappings(uint32_t *count);
void ls_gpu_mappings_unlock(void);
void ls_gpu_vmm_start(void);
void ls_gpu_vmm_abandon(void);

/* ---- all of it ---- */

/* That of gpu_graph.c, which the two below see to as well. */
extern struct ls_lock ls_gpu_graph_lock;
/* Start afresh, for a new recording. */
void ls_gpu_start(void);
/* A signal handler jumped out of the shim on this thread: its locks are free again. */
void ls_gpu_abandon(void);
void ls_gpu_lock_abandon(struct ls_lock *lock);

#endif
