/* SPDX-License-Identifier: MIT */
/* See totals.h.  Relies on recording.  Async-signal-safe. */
#include "totals.h"

#include "depot.h"
#include "recording.h"

static void add_shared(int64_t *live, int64_t *peak, uint32_t *tick, int64_t bytes)
{
	int64_t now = __atomic_add_fetch(live, bytes, __ATOMIC_RELAXED);
	int64_t seen = __atomic_load_n(peak, __ATOMIC_RELAXED);
	while (now > seen)
		if (__atomic_compare_exchange_n(peak, &seen, now, true, __ATOMIC_RELAXED,
						__ATOMIC_RELAXED)) {
			if (tick)
				__atomic_store_n(tick, ls_tick_read(), __ATOMIC_RELAXED);
			return;
		}
}

/* While there is one thread, which need not pay for atomic additions. */
static void add_alone(int64_t *live, int64_t *peak, uint32_t *tick, int64_t bytes)
{
	*live += bytes;
	if (*live <= *peak)
		return;
	*peak = *live;
	if (tick)
		*tick = ls_tick_read();
}

static void flush_memory(struct ls_thread_state *t)
{
	struct ls_peak *p = &ls_header->peaks[t->delta_memory];
	add_shared(&p->live_bytes, &p->peak_bytes, &p->peak_tick, t->delta);
	t->delta = 0;
}

static void flush_path(struct ls_thread_state *t)
{
	if (t->path_delta_path) {
		struct ls_path *p = ls_table_at(&ls_paths_table, t->path_delta_path);
		add_shared(&p->live_bytes, &p->peak_bytes, NULL, t->path_delta);
	}
	t->path_delta = 0;
}

void ls_totals_flush(struct ls_thread_state *t)
{
	flush_memory(t);
	flush_path(t);
	ls_totals_count_unwinds(t);
}

void ls_totals_count_unwinds(struct ls_thread_state *t)
{
	uint64_t unwinds = __atomic_add_fetch(&ls_header->unwinds, t->unwinds, __ATOMIC_RELAXED);
	uint32_t distinct = ls_depot_count();
	t->unwinds = 0;
	__atomic_store_n(&ls_header->unwind_cache_hits, unwinds > distinct ? unwinds - distinct : 0,
			 __ATOMIC_RELAXED);
}

void ls_totals_add(struct ls_thread_state *t, uint32_t memory, uint32_t path, int64_t bytes)
{
	if (!__atomic_load_n(&ls_threads_many, __ATOMIC_RELAXED)) {
		struct ls_peak *m = &ls_header->peaks[memory];
		struct ls_path *p = ls_table_at(&ls_paths_table, path);
		add_alone(&m->live_bytes, &m->peak_bytes, &m->peak_tick, bytes);
		add_alone(&p->live_bytes, &p->peak_bytes, NULL, bytes);
		return;
	}
	if (memory != t->delta_memory) {
		flush_memory(t);
		t->delta_memory = memory;
	}
	t->delta += bytes;
	if (t->delta >= LS_TOTALS_BATCH || t->delta <= -LS_TOTALS_BATCH)
		flush_memory(t);
	if (path != t->path_delta_path) {
		flush_path(t);
		t->path_delta_path = path;
	}
	t->path_delta += bytes;
	if (t->path_delta >= LS_TOTALS_BATCH || t->path_delta <= -LS_TOTALS_BATCH)
		flush_path(t);
}

void ls_totals_move(struct ls_thread_state *t, uint32_t from, uint32_t to, int64_t bytes)
{
	struct ls_path *a = ls_table_at(&ls_paths_table, from),
		       *b = ls_table_at(&ls_paths_table, to);
	flush_path(t);
	add_shared(&a->live_bytes, &a->peak_bytes, NULL, -bytes);
	add_shared(&b->live_bytes, &b->peak_bytes, NULL, bytes);
}

void ls_totals_peak(struct ls_peak *peak, int64_t bytes)
{
	add_shared(&peak->live_bytes, &peak->peak_bytes, &peak->peak_tick, bytes);
}

void ls_totals_shared(uint32_t memory, uint32_t path, int64_t bytes)
{
	struct ls_path *p = ls_table_at(&ls_paths_table, path);
	ls_totals_peak(&ls_header->peaks[memory], bytes);
	add_shared(&p->live_bytes, &p->peak_bytes, NULL, bytes);
}
