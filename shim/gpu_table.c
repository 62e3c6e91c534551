/* SPDX-License-Identifier: MIT */
/*
 * See gpu_table.h.  Each shard of the index is a hash table with linear probing, whose
 * entries move back when one before them goes: it has no graves, and churn costs no
 * rebuilding.  Released records stay with their shard for the next.
 */
#include "gpu_table.h"

#include "note.h"
#include "recording.h"
#include "text.h"

#define FIRST_SLOTS 16u

struct ls_gpu_shard ls_gpu_shards[LS_GPU_SHARDS];
struct ls_lock ls_gpu_graph_lock;

/* The low half chooses the slot, the topmost bits the shard. */
LS_INLINE uint64_t hash(uint32_t class, uint64_t handle)
{
	uint64_t h = (handle ^ (uint64_t) class << 58) * 0x9e3779b97f4a7c15ull;
	h = (h ^ h >> 32) * 0xbf58476d1ce4e5b9ull;
	return h ^ h >> 29;
}

struct ls_gpu_shard *ls_gpu_shard_of(enum ls_gpu_class class, uint64_t handle)
{
	return &ls_gpu_shards[hash(class, handle) >> 60 & (LS_GPU_SHARDS - 1)];
}

struct ls_resource *ls_gpu_at(uint32_t id)
{
	return ls_table_at(&ls_resources_table, id);
}

LS_INLINE uint32_t home(const struct ls_gpu_shard *s, uint32_t class, uint64_t handle)
{
	return (uint32_t)hash(class, handle) & s->mask;
}

static void put(struct ls_gpu_shard *s, const struct ls_gpu_slot *e)
{
	uint32_t i = home(s, e->class, e->handle);
	while (s->slot[i].id)
		i = (i + 1) & s->mask;
	s->slot[i] = *e;
}

static bool grow(struct ls_gpu_shard *s)
{
	uint32_t old = s->slot ? s->mask + 1 : 0, slots = old ? old * 2 : FIRST_SLOTS;
	struct ls_gpu_slot *before = s->slot, *fresh = ls_mem_alloc(slots * sizeof *fresh);
	if (!fresh)
		return false;
	s->slot = fresh;
	s->mask = slots - 1;
	for (uint32_t i = 0; i < old; i++)
		if (before[i].id)
			put(s, &before[i]);
	ls_mem_free(before, old * sizeof *before);
	return true;
}

static uint32_t new_record(void)
{
	struct ls_resource *r;
	if (!ls_lock(&ls_recording_lock))
		return 0;
	uint32_t id = ls_table_add(&ls_resources_table, (void **)&r);
	ls_note_flush();
	ls_unlock(&ls_recording_lock);
	return id;
}

bool ls_gpu_lock_with_room(struct ls_gpu_shard *s)
{
	if (!ls_lock(&s->lock))
		return false;
	if (ls_unlikely(!s->free_list)) {
		/* the recording's lock comes before a shard's */
		ls_unlock(&s->lock);
		uint32_t id = new_record();
		if (!id || !ls_lock(&s->lock))
			return false;
		ls_gpu_give_back(s, id);
	}
	if (ls_likely(s->slot && (s->used + 1) * 2 <= s->mask + 1) || grow(s))
		return true;
	ls_unlock(&s->lock);
	return false;
}

uint32_t ls_gpu_take(struct ls_gpu_shard *s)
{
	uint32_t id = s->free_list;
	s->free_list = ls_gpu_at(id)->context;
	return id;
}

void ls_gpu_give_back(struct ls_gpu_shard *s, uint32_t id)
{
	struct ls_resource *r = ls_gpu_at(id);
	__atomic_store_n(&r->state, LS_RESOURCE_FREE, __ATOMIC_RELEASE);
	r->context = s->free_list;
	s->free_list = id;
}

struct ls_gpu_slot *ls_gpu_find(struct ls_gpu_shard *s, enum ls_gpu_class class, uint64_t handle)
{
	struct ls_gpu_slot *second = NULL;
	if (!s->slot)
		return NULL;
	for (uint32_t i = home(s, class, handle); s->slot[i].id; i = (i + 1) & s->mask) {
		struct ls_gpu_slot *e = &s->slot[i];
		if (e->handle != handle || e->class != class)
			continue;
		const struct ls_resource *r = ls_gpu_at(e->id);
		if (r->state == LS_RESOURCE_LIVE && ls_gpu_handle_references(r))
			return e;
		if (r->state != LS_RESOURCE_RELEASING)
			second = e;
	}
	return second;
}

struct ls_gpu_slot *ls_gpu_find_releasing(struct ls_gpu_shard *s, enum ls_gpu_class class,
					  uint64_t handle)
{
	if (!s->slot)
		return NULL;
	for (uint32_t i = home(s, class, handle); s->slot[i].id; i = (i + 1) & s->mask) {
		struct ls_gpu_slot *e = &s->slot[i];
		if (e->handle == handle && e->class == class &&
		    ls_gpu_at(e->id)->state == LS_RESOURCE_RELEASING)
			return e;
	}
	return NULL;
}

void ls_gpu_index(struct ls_gpu_shard *s, enum ls_gpu_class class, uint64_t handle, uint32_t id)
{
	const struct ls_gpu_slot e = {handle, id, class};
	put(s, &e);
	s->used++;
}

void ls_gpu_unindex(struct ls_gpu_shard *s, enum ls_gpu_class class, uint64_t handle, uint32_t id)
{
	if (!s->slot)
		return;
	uint32_t hole = home(s, class, handle);
	while (s->slot[hole].id && s->slot[hole].id != id)
		hole = (hole + 1) & s->mask;
	if (!s->slot[hole].id)
		return;
	/* whatever would no longer be found from its home moves into the hole */
	for (uint32_t i = (hole + 1) & s->mask; s->slot[i].id; i = (i + 1) & s->mask) {
		uint32_t from = home(s, s->slot[i].class, s->slot[i].handle);
		if (((i - from) & s->mask) < ((i - hole) & s->mask))
			continue;
		s->slot[hole] = s->slot[i];
		hole = i;
	}
	s->slot[hole].id = 0;
	s->used--;
}

bool ls_gpu_any(uint32_t birth)
{
	for (uint32_t id = 1; id < ls_resources_table.used; id++) {
		const struct ls_resource *r = ls_gpu_at(id);
		if (__atomic_load_n(&r->state, __ATOMIC_ACQUIRE) &&
		    r->type != LS_RES_PRIMARY_CONTEXT && r->birth >= birth)
			return true;
	}
	return false;
}

void ls_gpu_lock_abandon(struct ls_lock *lock)
{
	if (lock->owner == (uintptr_t)&ls_tls)
		ls_unlock(lock);
}

void ls_gpu_start(void)
{
	/* the memory they were in is gone, or the parent's */
	ls_zero(ls_gpu_shards, sizeof ls_gpu_shards);
	ls_gpu_graph_lock.owner = 0;
	ls_gpu_device_start();
	ls_gpu_vmm_start();
}

void ls_gpu_abandon(void)
{
	for (unsigned i = 0; i < LS_GPU_SHARDS; i++)
		ls_gpu_lock_abandon(&ls_gpu_shards[i].lock);
	ls_gpu_lock_abandon(&ls_gpu_graph_lock);
	ls_gpu_device_abandon();
	ls_gpu_vmm_abandon();
}
