/* SPDX-License-Identifier: MIT */
/* See depot.h.  The index is private memory: it can be rebuilt from the recording. */
#include "depot.h"

#include "modules.h"
#include "note.h"
#include "recording.h"
#include "text.h"

#define FIRST_INDEX 512u
#define STACKS_BASE 16384u
#define LARGEST_CHUNK ((uint64_t)16 << 20)

struct index_entry {
	uint64_t key;           /* high half of the hash, then the id; 0 = free */
	struct ls_stack *stack; /* written before the key */
};
struct index {
	uint64_t mask;
	struct index_entry entry[];
};
static struct index *index_now;
static uint32_t index_used;
static bool any_dynamic;
enum { ACTIVE = 1, RETIRED = 3 };

static struct {
	char *base;
	uint64_t start, length, used;
	unsigned chunks;
} at;

static uint64_t hash_stack(const uintptr_t *pc, unsigned count)
{
	uint64_t h = 0;
	/* two at a time: one multiply less to wait for */
	for (; count > 1; count -= 2)
		h = h * (LS_DEPOT_FACTOR * LS_DEPOT_FACTOR) +
		    ls_depot_hash(ls_depot_hash(0, pc[count - 1]), pc[count - 2]);
	return count ? ls_depot_hash(h, pc[0]) : h;
}

/* The key of the index: count and flags are part of it. */
LS_INLINE uint64_t finish_hash(uint64_t hash, unsigned count, uint32_t flags)
{
	uint64_t a = hash ^ ((uint64_t)flags << 32 | count) * 0x9e3779b97f4a7c15ull;
	a = (a ^ a >> 33) * 0xff51afd7ed558ccdull;
	return a ^ a >> 33;
}

LS_INLINE const struct index_entry *look_up(const struct index *x, uint64_t hash,
					    const uintptr_t *pc, unsigned count, uint32_t state)
{
	for (uint64_t i = hash & x->mask;; i = (i + 1) & x->mask) {
		uint64_t key = __atomic_load_n(&x->entry[i].key, __ATOMIC_ACQUIRE);
		if (!key)
			return NULL;
		if (key >> 32 != hash >> 32)
			continue;
		const struct ls_stack *s = x->entry[i].stack;
		if (s->hash == hash && s->count == count &&
		    __atomic_load_n(&s->state, __ATOMIC_RELAXED) == state &&
		    !__builtin_memcmp(s->pc, pc, count * sizeof *pc) &&
		    (state == ACTIVE || ls_modules_still(s)))
			return &x->entry[i];
	}
}

static void index_insert(struct index *x, uint64_t hash, uint32_t id, struct ls_stack *s)
{
	uint64_t i = hash & x->mask;
	while (x->entry[i].key)
		i = (i + 1) & x->mask;
	x->entry[i].stack = s;
	__atomic_store_n(&x->entry[i].key, (hash >> 32) << 32 | id, __ATOMIC_RELEASE);
}

static struct index *index_new(uint64_t slots)
{
	struct index *x = ls_mem_alloc(sizeof *x + slots * sizeof x->entry[0]);
	if (x)
		x->mask = slots - 1;
	return x;
}

static bool index_grow(void)
{
	struct index *old = index_now, *x = index_new((old->mask + 1) * 2);
	if (!x)
		return false;
	for (uint64_t i = 0; i <= old->mask; i++)
		if (old->entry[i].key)
			index_insert(x, old->entry[i].stack->hash, (uint32_t)old->entry[i].key,
				     old->entry[i].stack);
	/* other threads may be reading the old one for ever: it stays, half the size of the new */
	__atomic_store_n(&index_now, x, __ATOMIC_RELEASE);
	return true;
}

/* Room for a record of BYTES; its id is the logical offset / 8. */
static struct ls_stack *reserve(size_t bytes, uint32_t *id)
{
	if (at.length - at.used < bytes) {
		uint64_t start = at.start + at.length;
		uint64_t length = STACKS_BASE;
		for (unsigned i = 0; i < at.chunks && length < LARGEST_CHUNK; i++)
			length *= 2;
		while (length < bytes)
			length *= 2;
		if ((start + length) / 8 > UINT32_MAX)
			return NULL;
		char *base = ls_recording_chunk(LS_SEC_STACKS, length, 0, start);
		if (!base)
			return NULL;
		at.base = base;
		at.start = start;
		at.length = length;
		at.used = start ? 0 : 8; /* id 0 means "none" */
		at.chunks++;
	}
	struct ls_stack *s = (struct ls_stack *)(at.base + at.used);
	*id = (uint32_t)((at.start + at.used) / 8);
	at.used += bytes;
	ls_header->used[LS_SEC_STACKS] = at.start + at.used;
	return s;
}

static LS_COLD uint32_t put_new(uint64_t hash, const uintptr_t *pc, unsigned count, uint32_t flags)
{
	uint32_t id = 0;
	if (!ls_lock(&ls_recording_lock))
		return 0;
	const struct index_entry *e = look_up(index_now, hash, pc, count, ACTIVE);
	/* not there, unless somebody else was first: now the modules decide whether it is new */
	if (!e && ls_modules_note(pc, count)) {
		flags |= LS_STACK_DYNAMIC;
		any_dynamic = true;
		e = look_up(index_now, hash, pc, count, RETIRED);
		if (e)
			__atomic_store_n(&e->stack->state, ACTIVE, __ATOMIC_RELEASE);
	}
	if (e) {
		id = (uint32_t)e->key;
	} else {
		if ((uint64_t)index_used * 4 < (index_now->mask + 1) * 3 || index_grow()) {
			struct ls_stack *s = reserve(sizeof *s + count * sizeof *pc, &id);
			if (s) {
				s->hash = hash;
				s->count = count;
				s->flags = flags;
				s->load_generation = ls_header->load_generation;
				ls_copy(s->pc, pc, count * sizeof *pc);
				__atomic_store_n(&s->state, 1, __ATOMIC_RELEASE);
				index_insert(index_now, hash, id, s);
				__atomic_store_n(&index_used, index_used + 1, __ATOMIC_RELAXED);
			} else {
				id = 0;
			}
		}
	}
	ls_note_flush();
	ls_unlock(&ls_recording_lock);
	return id;
}

uint32_t ls_depot_put(const uintptr_t *pc, unsigned count, uint32_t flags)
{
	return ls_depot_put_hashed(pc, count, flags, hash_stack(pc, count));
}

uint32_t ls_depot_put_hashed(const uintptr_t *pc, unsigned count, uint32_t flags, uint64_t hash)
{
	hash = finish_hash(hash, count, flags);
	const struct index *x = __atomic_load_n(&index_now, __ATOMIC_ACQUIRE);
	const struct index_entry *e = look_up(x, hash, pc, count, ACTIVE);
	if (ls_likely(e != NULL))
		return (uint32_t)e->key;
	return put_new(hash, pc, count, flags);
}

static bool passes_through(const struct ls_stack *s, uintptr_t start, uintptr_t end)
{
	for (uint32_t k = 0; k < s->count; k++)
		if (s->pc[k] > start && s->pc[k] <= end)
			return true;
	return false;
}

void ls_depot_retire(uintptr_t start, uintptr_t end)
{
	struct index *x = index_now;
	for (uint64_t i = 0; x && i <= x->mask; i++) {
		struct ls_stack *s = x->entry[i].key ? x->entry[i].stack : NULL;
		if (s && s->state == 1 && passes_through(s, start, end))
			__atomic_store_n(&s->state, 3, __ATOMIC_RELEASE);
	}
}

void ls_depot_retire_dynamic(void)
{
	struct index *x = index_now;
	for (uint64_t i = 0; any_dynamic && x && i <= x->mask; i++) {
		struct ls_stack *s = x->entry[i].key ? x->entry[i].stack : NULL;
		if (s && s->state == 1 && (s->flags & LS_STACK_DYNAMIC))
			__atomic_store_n(&s->state, 3, __ATOMIC_RELEASE);
	}
}

const struct ls_stack *ls_depot_get(uint32_t id)
{
	const struct index *x = index_now;
	for (uint64_t i = 0; id && x && i <= x->mask; i++)
		if ((uint32_t)x->entry[i].key == id)
			return x->entry[i].stack;
	return NULL;
}

bool ls_depot_start(void)
{
	ls_zero(&at, sizeof at);
	index_used = 0;
	index_now = index_new(FIRST_INDEX);
	return index_now != NULL;
}

uint32_t ls_depot_count(void)
{
	return __atomic_load_n(&index_used, __ATOMIC_RELAXED);
}
