/* SPDX-License-Identifier: MIT */
/*
 * Who holds a block: the word in which the scan found the pointer, as a reader would
 * name it.  Blocks of one leak that are held alike (by one variable, one thread's stack,
 * blocks of one origin) are counted together; the most common places are described.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "build_internal.h"
#include "fingerprint.h"
#include "units.h"

#define MOST_REFERRERS 5 /* described of one leak */
#define MOST_LEVELS 4    /* of blocks between a block and its root */

/* A place, so that equal ones have equal keys. */
struct place {
	uint32_t leak;
	uint8_t type;
	uint64_t a, b;
};

struct entry {
	struct place place;
	double blocks;
	uint32_t set, verdict; /* the first one found there; verdict is an index */
	uint64_t offset, size;
	bool offsets_differ, sizes_differ;
	uint32_t next; /* of the same leak; 1 + index */
};

/* A thread by the id that the system gave it. */
struct thread {
	uint32_t tid, id;
};

struct holders {
	struct lr_builder *b;
	const struct lr_blocks *blocks;
	struct entry *entries;
	size_t count, room;
	uint32_t *table; /* 1 + index */
	size_t table_size;
	uint32_t *of_leak;      /* 1 + index of its first entry */
	struct thread *threads; /* by tid; made when it is first asked for */
	size_t thread_count;
};

/* One holding word, looked at closely. */
struct word {
	struct lr_module_place module;
	bool in_module;
	struct lr_data_symbol symbol; /* name NULL = unknown */
	uint32_t parent;              /* 1 + index in the set of the block it lies in */
	const struct lr_block *block; /* that block, if it is live */
	const struct ls_context *context;
	uint64_t offset;
};

static struct word look(const struct holders *h, const struct lr_scan_set *set,
			const struct ls_verdict *v)
{
	const struct lr_builder *b = h->b;
	struct lr_symbols_module module = {0};
	struct word w = {0};

	if (v->holder_type == LS_HOLDER_MODULE) {
		w.in_module = lr_module_at(b, v->holder, &w.module);
		if (!w.in_module)
			return w;
		w.offset = v->holder - w.module.bias;
		module.path = w.module.path;
		module.build_id_hex = w.module.build_id;
		module.bias = w.module.bias;
		if (b->options->symbols &&
		    lr_symbols_data(b->options->symbols, &module, w.offset, &w.symbol))
			w.offset -= w.symbol.address;
	} else if (v->holder_type == LS_HOLDER_BLOCK) {
		w.parent = lr_scan_set_below(set, v->holder);
		if (!w.parent)
			return w;
		w.block = lr_blocks_find(h->blocks, set->verdicts[w.parent - 1].address);
		w.offset = v->holder - set->verdicts[w.parent - 1].address;
		if (w.block && w.offset >= w.block->size && w.offset)
			w.block = NULL; /* it lies behind that one: in none that is known */
		if (w.block)
			w.context = lr_recording_get(b->recording, LS_SEC_CONTEXTS,
						     w.block->context, NULL);
	}
	return w;
}

static struct place place_of(const struct word *w, const struct ls_verdict *v, uint32_t set,
			     uint32_t leak)
{
	struct place place = {.leak = leak, .type = v->holder_type};

	switch (v->holder_type) {
	case LS_HOLDER_MODULE:
		place.a = w->in_module ? w->module.index : 0;
		place.b = w->symbol.name ? w->symbol.address : v->holder;
		break;
	case LS_HOLDER_BLOCK:
		place.a = w->block ? 1 : 0;
		place.b = w->context ? (uint64_t)w->context->memory << 32 | w->context->stack : 0;
		break;
	default:
		place.a = set;
		place.b = v->root;
		break;
	}
	return place;
}

static uint64_t hash(const struct place *p)
{
	return lr_hash64(lr_hash64(p->b + 0x9e3779b97f4a7c15ull * p->a) +
			 ((uint64_t)p->leak << 8 | p->type));
}

static bool same(const struct place *x, const struct place *y)
{
	return x->leak == y->leak && x->type == y->type && x->a == y->a && x->b == y->b;
}

static void grow(struct holders *h)
{
	size_t size = h->table_size ? 2 * h->table_size : 256, i, at;

	free(h->table);
	h->table = lr_alloc(size, sizeof *h->table);
	h->table_size = size;
	for (i = 0; i < h->count; i++) {
		at = hash(&h->entries[i].place) & (size - 1);
		while (h->table[at])
			at = (at + 1) & (size - 1);
		h->table[at] = (uint32_t)i + 1;
	}
}

/* The entry of PLACE; a new one has no blocks yet. */
static struct entry *entry_of(struct holders *h, const struct place *place)
{
	struct entry *entry;
	size_t at;

	if (2 * (h->count + 1) > h->table_size)
		grow(h);
	at = hash(place) & (h->table_size - 1);
	for (; h->table[at]; at = (at + 1) & (h->table_size - 1)) {
		if (same(&h->entries[h->table[at] - 1].place, place))
			return &h->entries[h->table[at] - 1];
	}
	if (h->count == h->room) {
		h->room = h->room ? 2 * h->room : 128;
		h->entries = lr_grow(h->entries, h->room, sizeof *h->entries);
	}
	entry = &h->entries[h->count++];
	memset(entry, 0, sizeof *entry);
	entry->place = *place;
	entry->next = h->of_leak[place->leak];
	h->of_leak[place->leak] = (uint32_t)h->count;
	h->table[at] = (uint32_t)h->count;
	return entry;
}

/* Whether LEAK is to say who holds it. */
static bool is_wanted(const struct lr_builder *b, const struct lr_leak *leak)
{
	if (leak->kind == LS_KIND_REACHABLE || leak->kind == LS_KIND_POSSIBLE)
		return b->options->referrers || leak->outlived;
	return leak->kind == LS_KIND_INDIRECT && b->options->referrers;
}

static void add_block(struct holders *h, const struct lr_block *block)
{
	const struct lr_scan_set *set;
	const struct ls_verdict *v;
	struct entry *entry;
	struct place place;
	struct word w;
	uint64_t size;

	if (!block->verdict || !is_wanted(h->b, &h->b->model->leaks[block->group - 1]))
		return;
	set = &h->b->scans->sets[block->set];
	v = &set->verdicts[block->verdict - 1];
	if (v->holder_type == LS_HOLDER_NONE || v->holder_type >= LS_HOLDER_COUNT)
		return;
	w = look(h, set, v);
	place = place_of(&w, v, block->set, block->group - 1);
	entry = entry_of(h, &place);
	size = w.block ? w.block->size : 0;
	if (entry->blocks > 0) {
		entry->offsets_differ |= w.offset != entry->offset;
		entry->sizes_differ |= size != entry->size;
	} else {
		entry->offset = w.offset;
		entry->size = size;
		entry->set = block->set;
		entry->verdict = block->verdict - 1;
	}
	entry->blocks += lr_block_weight(h->b, block);
}

static int by_blocks(const void *a, const void *b)
{
	const struct entry *x = *(const struct entry *const *)a;
	const struct entry *y = *(const struct entry *const *)b;

	if (x->blocks < y->blocks || x->blocks > y->blocks)
		return x->blocks > y->blocks ? -1 : 1;
	if (x->set != y->set)
		return x->set < y->set ? -1 : 1;
	return x->verdict < y->verdict ? -1 : x->verdict > y->verdict;
}

/* "make_table table.c:12": the innermost frame of the program's own code. */
static const char *origin(struct holders *h, const struct ls_context *context)
{
	struct lr_trace trace = lr_trace_of(h->b, context->stack);
	const struct lr_frame *frame = NULL;
	struct lr_arena *arena = h->b->arena;
	size_t i;

	for (i = 0; i < trace.count && !frame; i++) {
		if (trace.frames[i].user)
			frame = &trace.frames[i];
	}
	if (!frame && trace.count)
		frame = &trace.frames[0];
	if (!frame)
		return "an unknown place";
	if (!frame->function && !frame->module)
		return lr_arena_printf(arena, "0x%" PRIx64, frame->offset);
	if (!frame->function)
		return lr_arena_printf(arena, "%s+0x%" PRIx64, lr_basename(frame->module),
				       frame->offset);
	if (!frame->file || !frame->line)
		return frame->function;
	return lr_arena_printf(arena, "%s %s:%u", frame->function, lr_basename(frame->file),
			       frame->line);
}

static int by_tid(const void *a, const void *b)
{
	const struct thread *x = a, *y = b;

	return x->tid < y->tid ? -1 : x->tid > y->tid;
}

/* The thread record that TID used last, 0 = none is known. */
static uint32_t thread_by_tid(struct holders *h, uint32_t tid)
{
	const struct lr_recording *r = h->b->recording;
	uint32_t count = lr_recording_count(r, LS_SEC_THREADS), i, id;
	const struct thread key = {.tid = tid}, *found;

	if (!h->threads) {
		h->threads = lr_alloc((size_t)count + 1, sizeof *h->threads);
		for (i = 0; i < count; i++) {
			const struct ls_thread *thread = lr_recording_at(r, LS_SEC_THREADS, i, &id);

			if (thread && thread->state)
				h->threads[h->thread_count++] = (struct thread){thread->tid, id};
		}
		qsort(h->threads, h->thread_count, sizeof *h->threads, by_tid);
	}
	found = bsearch(&key, h->threads, h->thread_count, sizeof key, by_tid);
	return found ? found->id : 0;
}

static const char *thread_of(struct holders *h, const struct ls_root *root)
{
	uint32_t id = root ? root->thread : 0;

	if (!id || !lr_recording_get(h->b->recording, LS_SEC_THREADS, id, NULL))
		id = root && root->tid ? thread_by_tid(h, root->tid) : 0;
	if (id)
		return lr_arena_printf(h->b->arena, "thread %s", lr_thread_label(h->b, id));
	if (root && root->tid)
		return lr_arena_printf(h->b->arena, "the thread with id %" PRIu32, root->tid);
	return "a thread";
}

static const char *mapping(struct holders *h, const struct ls_root *root, uint64_t holder)
{
	char size[LR_UNIT_SIZE];

	if (!root)
		return lr_arena_printf(h->b->arena, "mapped memory at 0x%" PRIx64, holder);
	if (root->name[0])
		return lr_arena_printf(h->b->arena, "the mapping %.*s", (int)sizeof root->name,
				       root->name);
	lr_size(size, root->end > root->start ? root->end - root->start : 0);
	return lr_arena_printf(h->b->arena, "an anonymous mapping at 0x%" PRIx64 " of %s",
			       root->start, size);
}

static void describe_module(struct holders *h, const struct word *w, uint64_t holder,
			    struct lr_referrer *to)
{
	if (!w->in_module) {
		to->where = lr_arena_printf(h->b->arena, "module data at 0x%" PRIx64, holder);
		to->offset_known = false;
		return;
	}
	to->module = lr_basename(w->module.path);
	to->symbol = w->symbol.name;
	if (to->symbol && to->offset_known && to->offset)
		to->where = lr_arena_printf(h->b->arena, "variable %s+0x%" PRIx64 " of %s",
					    to->symbol, to->offset, to->module);
	else if (to->symbol)
		to->where =
			lr_arena_printf(h->b->arena, "variable %s of %s", to->symbol, to->module);
	else
		to->where = lr_arena_printf(h->b->arena, "%s+0x%" PRIx64, to->module, to->offset);
}

/* ENTRY: the blocks that are held alike, NULL for a step of a chain. */
static void describe_block(struct holders *h, const struct word *w, const struct entry *entry,
			   struct lr_referrer *to)
{
	struct lr_arena *arena = h->b->arena;
	const char *what;

	if (!w->block || !w->context) {
		to->where = "a block that is not there any more";
		to->offset_known = false;
		return;
	}
	if (entry && entry->sizes_differ)
		what = "blocks of several sizes";
	else if (to->offset_known)
		what = lr_arena_printf(arena, "a block of %" PRIu64 " bytes at offset %" PRIu64,
				       w->block->size, to->offset);
	else
		what = lr_arena_printf(arena, "a block of %" PRIu64 " bytes", w->block->size);
	if (w->context->memory == LS_MEM_IGNORED)
		to->where = lr_arena_printf(arena,
					    "%s, made while recording was paused or "
					    "declared no leak",
					    what);
	else
		to->where =
			lr_arena_printf(arena, "%s, allocated at %s", what, origin(h, w->context));
}

static void describe(struct holders *h, const struct lr_scan_set *set, const struct ls_verdict *v,
		     const struct word *w, const struct entry *entry, struct lr_referrer *to)
{
	const struct ls_root *root =
		v->root && v->root <= set->root_count ? &set->roots[v->root - 1] : NULL;
	struct lr_arena *arena = h->b->arena;

	to->type = (enum ls_holder)v->holder_type;
	to->offset = w->offset;
	to->offset_known = !entry || !entry->offsets_differ;
	switch (v->holder_type) {
	case LS_HOLDER_MODULE: describe_module(h, w, v->holder, to); return;
	case LS_HOLDER_BLOCK: describe_block(h, w, entry, to); return;
	case LS_HOLDER_STACK:
		to->where = lr_arena_printf(arena, "the stack of %s", thread_of(h, root));
		break;
	case LS_HOLDER_TLS:
		to->where = lr_arena_printf(arena, "the thread-local storage of %s",
					    thread_of(h, root));
		break;
	case LS_HOLDER_REGISTER:
		to->where = lr_arena_printf(arena, "a register of %s", thread_of(h, root));
		break;
	case LS_HOLDER_MAPPING: to->where = mapping(h, root, v->holder); break;
	case LS_HOLDER_KERNEL: to->where = "the kernel (epoll or timer)"; break;
	case LS_HOLDER_DECLARED: to->where = "memory that the program has declared a root"; break;
	case LS_HOLDER_UNTRACKED: to->where = "heap memory that is not recorded"; break;
	default: to->where = "something unknown"; break;
	}
	to->offset_known = false;
}

static bool is_step(const struct ls_verdict *v)
{
	return v->holder_type > LS_HOLDER_NONE && v->holder_type < LS_HOLDER_COUNT;
}

/* What holds the block that W lies in, and so on, at most MOST_LEVELS of them. */
static void describe_chain(struct holders *h, const struct lr_scan_set *set, struct word w,
			   struct lr_referrer *to)
{
	const struct ls_verdict *v;

	to->chain = lr_arena_array(h->b->arena, MOST_LEVELS, sizeof *to->chain);
	while (w.block && to->chain_count < MOST_LEVELS) {
		v = &set->verdicts[w.parent - 1];
		if (!is_step(v))
			return;
		w = look(h, set, v);
		describe(h, set, v, &w, NULL, &to->chain[to->chain_count++]);
	}
}

static void describe_leak(struct holders *h, size_t index)
{
	struct lr_leak *leak = &h->b->model->leaks[index];
	const struct entry **list;
	size_t count = 0, i;
	uint32_t at;

	for (at = h->of_leak[index]; at; at = h->entries[at - 1].next)
		count++;
	if (!count)
		return;
	list = lr_alloc(count, sizeof *list);
	for (at = h->of_leak[index], i = 0; at; at = h->entries[at - 1].next)
		list[i++] = &h->entries[at - 1];
	qsort(list, count, sizeof *list, by_blocks);
	leak->referrer_count = count < MOST_REFERRERS ? count : MOST_REFERRERS;
	leak->referrers =
		lr_arena_array(h->b->arena, leak->referrer_count, sizeof *leak->referrers);
	for (i = 0; i < count; i++) {
		const struct lr_scan_set *set = &h->b->scans->sets[list[i]->set];
		const struct ls_verdict *v = &set->verdicts[list[i]->verdict];
		struct lr_referrer *to = &leak->referrers[i];
		struct word w;

		if (i >= leak->referrer_count) {
			leak->unnamed_referrers += lr_rounded(list[i]->blocks);
			continue;
		}
		w = look(h, set, v);
		to->blocks = lr_rounded(list[i]->blocks);
		describe(h, set, v, &w, list[i], to);
		if (v->holder_type == LS_HOLDER_BLOCK)
			describe_chain(h, set, w, to);
	}
	free(list);
}

void lr_build_referrers(struct lr_builder *b, const struct lr_blocks *blocks)
{
	struct holders h = {.b = b, .blocks = blocks};
	size_t i;

	h.of_leak = lr_alloc(b->model->leak_count, sizeof *h.of_leak);
	for (i = 0; i < blocks->count; i++) {
		if (blocks->list[i].group)
			add_block(&h, &blocks->list[i]);
	}
	for (i = 0; h.entries && i < b->model->leak_count; i++)
		describe_leak(&h, i);
	free(h.threads);
	free(h.of_leak);
	free(h.table);
	free(h.entries);
}
