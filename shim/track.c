/* SPDX-License-Identifier: MIT */
/*
 * See track.h.  Budget of an allocation beside the backtrace: one depot look-up,
 * one cached context, one table slot, two counters; of a free: one table
 * look-up and two counters.  No lock and no system call in steady state.
 */
#include "track.h"

#include "context.h"
#include "depot.h"
#include "live.h"
#include "options.h"
#include "pending.h"
#include "process.h"
#include "recording.h"
#include "sample.h"
#include "totals.h"
#include "track_guard.h"
#include "unwind.h"
#include "unwind_verify.h"
#include "unwind_walk.h"

LS_COLD void ls_track_prime(struct ls_thread_state *t)
{
	if (t->primed)
		return;
	t->primed = true;
	ls_tls.resolving = 1; /* what is allocated now is the unwinder's own */
	ls_unwind_prime();
	ls_tls.resolving = 0;
}

/* By libunwind, which has the last word on what the walk found if that is to be verified. */
static LS_COLD uint32_t take_stack_slowly(struct ls_thread_state *t, uintptr_t pc, uint32_t walked)
{
	uint32_t flags;
	ls_track_prime(t);
	unsigned n = ls_unwind(pc, t->raw, t->pc, ls_header->depth, &flags);
	if (walked && ls_verify_stack(t->walk, t->pc, n, flags))
		return walked;
	return ls_depot_put(t->pc, n, flags);
}

LS_INLINE uint32_t take_stack(struct ls_thread_state *t, uintptr_t pc)
{
	t->unwinds++;
	uint32_t id = ls_walk(t->walk, pc);
	if (ls_likely(id && !ls_options.verify_unwind))
		return id;
	return take_stack_slowly(t, pc, id);
}

uint32_t ls_track_stack(struct ls_thread_state *t, uintptr_t pc)
{
	return take_stack(t, pc);
}

/* Record a block with a known stack.  SLOT: rewrite this entry instead of a new one. */
static void record(struct ls_thread_state *t, uintptr_t address, uint64_t size,
		   enum ls_memory memory, uint32_t stack, struct ls_live *slot)
{
	uint64_t blocks = 1, bytes = size;
	uint32_t id = stack ? ls_context_get(t, stack, memory) : 0;
	if (ls_unlikely(!id)) {
		if (slot)
			ls_live_drop(slot);
		__atomic_fetch_add(&ls_header->lost_events, 1, __ATOMIC_RELAXED);
		return;
	}
	struct ls_context *c = ls_context_at(id);
	if (ls_unlikely(ls_header->sample_bytes))
		ls_sample_weight(size, &blocks, &bytes);
	if (slot) {
		ls_live_rewrite(slot, size, id);
	} else if (ls_unlikely(!ls_live_insert(address, size, id))) {
		__atomic_fetch_add(&ls_header->lost_events, 1, __ATOMIC_RELAXED);
		return;
	}
	ls_context_count_alloc(c, blocks, bytes);
	ls_totals_add(t, memory, c->path, (int64_t)bytes);
}

void ls_track_late(struct ls_thread_state *t, uintptr_t address, uint64_t size, uint32_t stack)
{
	record(t, address, size, LS_MEM_HOST, stack, NULL);
}

/* A block that the scan has to know, and nobody else. */
static LS_COLD void record_ignored(uintptr_t address, uint64_t size)
{
	uint32_t id = ls_context_ignored();
	if (!id || !ls_live_insert(address, size, id))
		__atomic_fetch_add(&ls_header->lost_events, 1, __ATOMIC_RELAXED);
}

/* Count a block that has left the table. */
LS_INLINE void count_free(struct ls_thread_state *t, const struct ls_block *b, bool nested)
{
	uint64_t blocks = 1, bytes = b->size;
	const struct ls_context *c = ls_context_at(b->context);
	uint32_t memory = c->memory, path = c->path;
	if (ls_unlikely(memory == LS_MEM_IGNORED))
		return;
	if (ls_unlikely(ls_header->sample_bytes))
		ls_sample_weight(b->size, &blocks, &bytes);
	ls_context_count_free(t, b->context, blocks, bytes, nested);
	if (ls_likely(!nested))
		ls_totals_add(t, memory, path, -(int64_t)bytes);
	else /* the thread's batch may be half updated */
		ls_totals_shared(memory, path, -(int64_t)bytes);
}

static LS_COLD void count_unknown(void)
{
	if (ls_header->sample_bytes)
		return; /* not sampled, so not known */
	uint64_t *counter = ls_header->flags & LS_F_FORKED ? &ls_header->inherited_frees
							   : &ls_header->unknown_frees;
	__atomic_fetch_add(counter, 1, __ATOMIC_RELAXED);
}

/*
 * Before the recording begins: ld.so and the unwinder's library allocate what later
 * blocks hang on.  One thread, and few blocks.
 */
#define MOST_EARLY 1024u
static struct {
	uintptr_t address;
	uint64_t size;
} early[MOST_EARLY];
static uint32_t early_count;
static bool early_over;

static LS_COLD void early_alloc(uintptr_t address, uint64_t size)
{
	if (!early_over && early_count < MOST_EARLY) {
		early[early_count].address = address;
		early[early_count++].size = size;
	}
}

static LS_COLD void early_free(uintptr_t address)
{
	for (uint32_t i = early_over ? 0 : early_count; i-- > 0;)
		if (early[i].address == address) {
			early[i] = early[--early_count];
			return;
		}
}

void ls_track_early(void)
{
	if (early_over)
		return;
	early_over = true;
	for (uint32_t i = 0; i < early_count; i++)
		record_ignored(early[i].address, early[i].size);
}

void ls_track_alloc(void *p, size_t size, enum ls_memory memory, uintptr_t pc)
{
	struct ls_thread_state *t;
	int mode = ls_track_enter(&t);
	if (ls_unlikely(mode != LS_MODE_NORMAL)) {
		if (mode == LS_MODE_NESTED)
			ls_pending_alloc((uintptr_t)p, size, pc);
		else
			early_alloc((uintptr_t)p, size);
		return;
	}
	if (ls_unlikely(ls_tls.paused))
		record_ignored((uintptr_t)p, size);
	else if (ls_likely(!ls_header->sample_bytes) || ls_sample_take(t, size))
		record(t, (uintptr_t)p, size, memory, take_stack(t, pc), NULL);
	ls_track_leave(t);
}

static LS_COLD void nested_free(void *p)
{
	struct ls_block b;
	if (ls_pending_cancel((uintptr_t)p))
		return;
	/* the table is lock-free, so the record can be retired even here */
	if (ls_live_remove((uintptr_t)p, &b))
		count_free(NULL, &b, true);
}

void ls_track_free(void *p)
{
	struct ls_thread_state *t;
	struct ls_block b;
	int mode = ls_track_enter(&t);
	if (ls_unlikely(mode != LS_MODE_NORMAL)) {
		if (mode == LS_MODE_NESTED)
			nested_free(p);
		else
			early_free((uintptr_t)p);
		return;
	}
	if (ls_likely(ls_live_remove((uintptr_t)p, &b)))
		count_free(t, &b, false);
	else
		count_unknown();
	ls_track_leave(t);
}

void ls_track_move_begin(struct ls_move *m, void *p)
{
	struct ls_thread_state *t;
	m->slot = NULL;
	m->mode = ls_track_enter(&t);
	if (m->mode == LS_MODE_NORMAL) {
		m->slot = ls_live_begin_move((uintptr_t)p, &m->block);
		ls_track_leave(t);
	}
}

void ls_track_move_end(struct ls_move *m, void *p, void *q, size_t size, uintptr_t pc)
{
	struct ls_thread_state *t;
	bool freed = !q && size == 0; /* glibc's realloc(p, 0) */
	int mode = ls_track_enter(&t);
	if (ls_unlikely(mode != LS_MODE_NORMAL || m->mode != LS_MODE_NORMAL)) {
		if (m->slot)
			ls_live_restore(m->slot);
		if (mode == LS_MODE_NORMAL)
			ls_track_leave(t);
		if (q || freed)
			ls_track_free(p);
		if (q)
			ls_track_alloc(q, size, LS_MEM_HOST, pc);
		return;
	}
	if (!q && !freed) { /* it failed: the block is where it was */
		if (m->slot)
			ls_live_restore(m->slot);
		ls_track_leave(t);
		return;
	}
	if (m->slot)
		count_free(t, &m->block, false);
	else
		count_unknown();
	/* the old entry stays, flagged, until the new one is in the table */
	bool wanted = q && !ls_tls.paused && (!ls_header->sample_bytes || ls_sample_take(t, size));
	if (wanted && m->slot && q == p) {
		record(t, (uintptr_t)q, size, LS_MEM_HOST, take_stack(t, pc), m->slot);
	} else {
		if (wanted)
			record(t, (uintptr_t)q, size, LS_MEM_HOST, take_stack(t, pc), NULL);
		else if (q && ls_tls.paused)
			record_ignored((uintptr_t)q, size);
		if (m->slot)
			ls_live_drop(m->slot);
	}
	ls_track_leave(t);
}

struct search {
	uintptr_t inside, found;
};

static void look_inside(const struct ls_live *e, void *arg)
{
	struct search *s = arg;
	uintptr_t start = e->word & LS_LIVE_ADDRESS;
	if (s->inside >= start && s->inside - start < ls_live_size(e))
		s->found = start;
}

bool ls_track_ignore(const void *p)
{
	struct ls_thread_state *t;
	struct ls_block b;
	struct search s = {(uintptr_t)p, (uintptr_t)p};
	if (ls_track_enter(&t) != LS_MODE_NORMAL)
		return false;
	bool known = ls_live_find(s.found, &b);
	if (!known) { /* a pointer into the block: rare enough for a walk */
		s.found = 0;
		ls_live_each(look_inside, &s);
		known = s.found && ls_live_find(s.found, &b);
	}
	uint32_t id = known ? ls_context_ignored() : 0;
	if (id && b.context != id && ls_live_set_context(s.found, id))
		count_free(t, &b, false);
	ls_track_leave(t);
	return known;
}
