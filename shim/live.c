/* SPDX-License-Identifier: MIT */
/* See live.h.  Look-ups and inserts are async-signal-safe; growing takes the recording's lock. */
#include "live.h"

#include "context.h"
#include "note.h"
#include "recording.h"
#include "scan_internal.h"

#define FIRST_BUCKETS 128u
#define MAX_TABLES 26

struct table {
	struct ls_live *slots;
	uint8_t *overflow;
	uint64_t mask; /* buckets - 1 */
	unsigned shift;
};
static struct table tables[MAX_TABLES];
static unsigned table_count; /* published after the table it counts */

/* Fibonacci hashing: the high bits of the product are the well-mixed ones. */
LS_INLINE uint64_t home_of(const struct table *t, uintptr_t address)
{
	return (address >> 3) * 0x9e3779b97f4a7c15ull >> t->shift;
}

static bool add_table(uint32_t buckets)
{
	size_t slots = (size_t)buckets * LS_BUCKET_SLOTS * sizeof(struct ls_live);
	unsigned n = table_count;
	if (n == MAX_TABLES)
		return false;
	char *p = ls_recording_chunk(LS_SEC_LIVE, slots + buckets, buckets, 0);
	if (!p)
		return false;
	tables[n] = (struct table){(struct ls_live *)p, (uint8_t *)p + slots, buckets - 1,
				   64u - (unsigned)__builtin_ctz(buckets)};
	__atomic_store_n(&table_count, n + 1, __ATOMIC_RELEASE);
	return true;
}

bool ls_live_start(void)
{
	table_count = 0;
	return add_table(FIRST_BUCKETS);
}

LS_INLINE uint64_t make_word(uintptr_t address, uint64_t size, uint32_t state)
{
	if (ls_unlikely(size >> 32))
		return address | state | LS_LIVE_HUGE | (size >> 32) << LS_LIVE_SHIFT;
	uint64_t epoch = ls_header->epoch;
	if (epoch > 0xffff)
		epoch = 0xffff;
	return address | state | epoch << LS_LIVE_SHIFT;
}

/* Claim a free slot of one table; NULL when all eight buckets are full. */
LS_INLINE struct ls_live *claim(struct table *t, uintptr_t address, uint64_t size, uint32_t context)
{
	uint64_t home = home_of(t, address);
	uint64_t writing = make_word(address, size, LS_LIVE_WRITING);
	for (uint64_t i = 0; i < LS_PROBE_BUCKETS; i++) {
		struct ls_live *slot = &t->slots[((home + i) & t->mask) * LS_BUCKET_SLOTS];
		for (unsigned k = 0; k < LS_BUCKET_SLOTS; k++, slot++) {
			uint64_t seen = __atomic_load_n(&slot->word, __ATOMIC_RELAXED);
			if (seen)
				continue;
			if (i) /* before the entry exists, so that look-ups go far enough */
				__atomic_fetch_add(&t->overflow[home], 1, __ATOMIC_ACQ_REL);
			if (__atomic_compare_exchange_n(&slot->word, &seen, writing, false,
							__ATOMIC_ACQ_REL, __ATOMIC_RELAXED)) {
				slot->size_low = (uint32_t)size;
				slot->context = context;
				__atomic_store_n(&slot->word,
						 writing ^ LS_LIVE_WRITING ^ LS_LIVE_BLOCK,
						 __ATOMIC_RELEASE);
				return slot;
			}
			if (i)
				__atomic_fetch_sub(&t->overflow[home], 1, __ATOMIC_ACQ_REL);
		}
	}
	return NULL;
}

static LS_COLD bool insert_slow(uintptr_t address, uint64_t size, uint32_t context)
{
	for (int attempt = 0; attempt < 3; attempt++) {
		/* older tables have room again where their blocks were freed */
		unsigned n = __atomic_load_n(&table_count, __ATOMIC_ACQUIRE);
		for (unsigned i = n; i-- > 0;)
			if (claim(&tables[i], address, size, context))
				return true;
		if (!ls_lock(&ls_recording_lock))
			return false;
		bool ok = table_count != n || /* somebody else grew it */
			  add_table((uint32_t)(tables[n - 1].mask + 1) * 2);
		ls_note_flush();
		ls_unlock(&ls_recording_lock);
		if (!ok)
			return false;
	}
	return false;
}

bool ls_live_insert(uintptr_t address, uint64_t size, uint32_t context)
{
	unsigned n = __atomic_load_n(&table_count, __ATOMIC_ACQUIRE);
	if (ls_unlikely(address & ~LS_LIVE_ADDRESS))
		return false;
	if (ls_likely(claim(&tables[n - 1], address, size, context) != NULL))
		return true;
	return insert_slow(address, size, context);
}

/* The slot of a block in state BLOCK, with its table and how far from home it is. */
struct found {
	struct ls_live *slot;
	struct table *table;
	uint64_t home;
	bool away;
	uint64_t word;
};

LS_INLINE bool find_in(struct table *t, uintptr_t address, struct found *f)
{
	const uint64_t want = address | LS_LIVE_BLOCK, mask = LS_LIVE_ADDRESS | LS_LIVE_STATE;
	uint64_t home = home_of(t, address);
	for (uint64_t i = 0; i < LS_PROBE_BUCKETS; i++) {
		struct ls_live *slot = &t->slots[((home + i) & t->mask) * LS_BUCKET_SLOTS];
		for (unsigned k = 0; k < LS_BUCKET_SLOTS; k++, slot++) {
			uint64_t word = __atomic_load_n(&slot->word, __ATOMIC_ACQUIRE);
			if ((word & mask) == want) {
				*f = (struct found){slot, t, home, i != 0, word};
				return true;
			}
		}
		if (i == 0 && !__atomic_load_n(&t->overflow[home], __ATOMIC_ACQUIRE))
			return false;
	}
	return false;
}

LS_INLINE bool find(uintptr_t address, struct found *f)
{
	unsigned n = __atomic_load_n(&table_count, __ATOMIC_ACQUIRE);
	if (address & ~LS_LIVE_ADDRESS)
		return false;
	while (n-- > 0)
		if (find_in(&tables[n], address, f))
			return true;
	return false;
}

LS_INLINE void read_block(const struct found *f, struct ls_block *out)
{
	struct ls_live e = {f->word, f->slot->size_low, f->slot->context};
	out->size = ls_live_size(&e);
	out->context = e.context;
}

bool ls_live_find(uintptr_t address, struct ls_block *out)
{
	struct found f;
	if (!find(address, &f))
		return false;
	read_block(&f, out);
	return true;
}

bool ls_live_remove(uintptr_t address, struct ls_block *out)
{
	struct found f;
	if (!find(address, &f))
		return false;
	read_block(&f, out);
	/* a compare-and-swap, so that a double free counts once */
	if (!__atomic_compare_exchange_n(&f.slot->word, &f.word, 0, false, __ATOMIC_ACQ_REL,
					 __ATOMIC_RELAXED))
		return false;
	if (f.away)
		__atomic_fetch_sub(&f.table->overflow[f.home], 1, __ATOMIC_ACQ_REL);
	return true;
}

struct ls_live *ls_live_begin_move(uintptr_t address, struct ls_block *out)
{
	struct found f;
	if (!find(address, &f))
		return NULL;
	read_block(&f, out);
	if (!__atomic_compare_exchange_n(&f.slot->word, &f.word,
					 (f.word & ~LS_LIVE_STATE) | LS_LIVE_MOVING, false,
					 __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
		return NULL;
	return f.slot;
}

void ls_live_restore(struct ls_live *slot)
{
	__atomic_store_n(&slot->word, (slot->word & ~LS_LIVE_STATE) | LS_LIVE_BLOCK,
			 __ATOMIC_RELEASE);
}

void ls_live_rewrite(struct ls_live *slot, uint64_t size, uint32_t context)
{
	uintptr_t address = slot->word & LS_LIVE_ADDRESS;
	slot->size_low = (uint32_t)size;
	slot->context = context;
	__atomic_store_n(&slot->word, make_word(address, size, LS_LIVE_BLOCK), __ATOMIC_RELEASE);
}

void ls_live_drop(struct ls_live *slot)
{
	/* which table it is in decides whose overflow count it holds */
	uintptr_t address = slot->word & LS_LIVE_ADDRESS;
	unsigned n = __atomic_load_n(&table_count, __ATOMIC_ACQUIRE);
	__atomic_store_n(&slot->word, 0, __ATOMIC_RELEASE);
	while (n-- > 0) {
		struct table *t = &tables[n];
		if (slot < t->slots || slot >= t->slots + (t->mask + 1) * LS_BUCKET_SLOTS)
			continue;
		uint64_t home = home_of(t, address);
		if ((uint64_t)(slot - t->slots) / LS_BUCKET_SLOTS != home)
			__atomic_fetch_sub(&t->overflow[home], 1, __ATOMIC_ACQ_REL);
		return;
	}
}

bool ls_live_set_context(uintptr_t address, uint32_t context)
{
	struct found f;
	if (!find(address, &f))
		return false;
	__atomic_store_n(&f.slot->context, context, __ATOMIC_RELEASE);
	return true;
}

void ls_live_each(void (*fn)(const struct ls_live *, void *), void *arg)
{
	unsigned n = __atomic_load_n(&table_count, __ATOMIC_ACQUIRE);
	for (unsigned i = 0; i < n; i++)
		for (uint64_t s = 0; s < (tables[i].mask + 1) * LS_BUCKET_SLOTS; s++) {
			struct ls_live e = tables[i].slots[s];
			if ((e.word & LS_LIVE_STATE) == LS_LIVE_BLOCK)
				fn(&e, arg);
		}
}

uint32_t ls_live_count(void)
{
	uint32_t count = 0;
	unsigned n = __atomic_load_n(&table_count, __ATOMIC_ACQUIRE);
	for (unsigned i = 0; i < n; i++)
		for (uint64_t s = 0; s < (tables[i].mask + 1) * LS_BUCKET_SLOTS; s++)
			count += tables[i].slots[s].word != 0;
	return count;
}

uint32_t ls_live_copy(struct ls_job *j, uint32_t room, uint32_t *moving)
{
	struct ls_scan_block *out = j->block;
	uint32_t count = 0;
	*moving = 0;
	j->live = (struct ls_amount){0, 0};
	for (unsigned i = 0; i < table_count; i++)
		for (uint64_t s = 0; s < (tables[i].mask + 1) * LS_BUCKET_SLOTS; s++) {
			const struct ls_live *e = &tables[i].slots[s];
			uint32_t state = e->word & LS_LIVE_STATE;
			if (state != LS_LIVE_BLOCK && state != LS_LIVE_MOVING)
				continue;
			*moving += state == LS_LIVE_MOVING;
			uint32_t memory = ls_context_at(e->context)->memory;
			if (memory != LS_MEM_HOST && memory != LS_MEM_IGNORED)
				continue;
			uint64_t size = ls_live_size(e);
			if (memory == LS_MEM_IGNORED) {
				size |= LS_BLOCK_IGNORED;
			} else {
				j->live.blocks++;
				j->live.bytes += size;
			}
			if (e->context < j->driver_contexts && j->driver_context[e->context])
				size |= LS_BLOCK_DRIVER;
			if (count < room)
				out[count] =
					(struct ls_scan_block){e->word & LS_LIVE_ADDRESS, size};
			count++;
		}
	return count;
}
