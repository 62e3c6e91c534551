/* SPDX-License-Identifier: MIT */
/*
 * The live table to leaks: every live block once, by its context into the group
 * stack x scope path x memory x kind x outlived.  Linear in the blocks; tables are
 * open-addressed and sized by what the file really holds.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "build_internal.h"
#include "fingerprint.h"

#define NONE UINT32_MAX
#define MOST_THREADS 64 /* named in one leak; the rest would fill the screen */

struct block {
	uint64_t address, size;
	uint32_t context;
	uint32_t birth;
	bool huge;
};

/* Blocks and bytes; in a sampled recording each block stands for several. */
struct weight {
	double blocks, bytes;
};

struct group {
	uint32_t stack, path;
	uint8_t memory, kind;
	bool outlived;
	struct weight live;
	uint64_t smallest, largest;
	uint32_t first_tick, last_tick, max_birth;
	uint64_t instances;
	uint32_t *threads;
	uint32_t thread_count;
};

/* Pairs of numbers seen so far. */
struct pair_set {
	struct {
		uint64_t a, b;
	} * slots; /* a is stored plus one: 0 = free */
	size_t room, count;
};

struct grouping {
	struct lr_builder *b;
	struct block *blocks;
	size_t block_count;
	uint32_t *table; /* over blocks by address; index + 1 */
	size_t table_size;
	uint64_t uncertain;
	struct group *groups;
	size_t group_count, group_room;
	uint32_t *group_table; /* over groups by key; index + 1 */
	size_t group_table_size;
	uint32_t *of_context; /* context position * LS_KIND_COUNT + kind -> group + 1 */
	uint32_t contexts;
	struct pair_set threads, instances;
	uint64_t *verdict_address; /* 0 = free */
	uint8_t *verdict_kind;
	size_t verdict_size;
	bool verdicts;
	uint32_t since_epoch, since_tick;
	uint64_t lost_blocks, lost_bytes;
	struct weight totals[LS_MEM_COUNT];
	struct weight *scopes; /* per scope of the model */
	struct weight *ended;  /* blocks of scopes that the end of the process closed */
};

static size_t table_size(size_t count)
{
	size_t size = 16;

	while (size < 2 * count)
		size *= 2;
	return size;
}

static void pair_grow(struct pair_set *set);

/* Add (A, B); true if it was not there. */
static bool pair_add(struct pair_set *set, uint64_t a, uint64_t b)
{
	size_t at;

	if (2 * (set->count + 1) > set->room)
		pair_grow(set);
	at = lr_hash64(a * 0x9e3779b97f4a7c15ull + b) & (set->room - 1);
	for (; set->slots[at].a; at = (at + 1) & (set->room - 1)) {
		if (set->slots[at].a == a + 1 && set->slots[at].b == b)
			return false;
	}
	set->slots[at].a = a + 1;
	set->slots[at].b = b;
	set->count++;
	return true;
}

static void pair_grow(struct pair_set *set)
{
	struct pair_set larger = {.room = set->room ? 2 * set->room : 64};
	size_t i;

	larger.slots = lr_alloc(larger.room, sizeof *larger.slots);
	for (i = 0; i < set->room; i++) {
		if (set->slots[i].a)
			pair_add(&larger, set->slots[i].a - 1, set->slots[i].b);
	}
	free(set->slots);
	*set = larger;
}

static bool read_block(const struct ls_live *slot, struct block *block)
{
	struct ls_live copy = *slot;

	block->address = copy.word & LS_LIVE_ADDRESS;
	block->size = ls_live_size(&copy);
	block->birth = ls_live_birth(&copy);
	block->huge = (copy.word & LS_LIVE_HUGE) != 0;
	block->context = copy.context;
	return block->address != 0;
}

/* Add BLOCK unless its address is there already. */
static void add_block(struct grouping *g, const struct block *block)
{
	size_t at = lr_hash64(block->address) & (g->table_size - 1);

	for (; g->table[at]; at = (at + 1) & (g->table_size - 1)) {
		if (g->blocks[g->table[at] - 1].address == block->address)
			return;
	}
	g->blocks[g->block_count++] = *block;
	g->table[at] = (uint32_t)g->block_count;
}

/*
 * All live blocks.  Blocks come first and those inside a realloc after them, so
 * that the latter count only where the same address has no block.
 */
static int collect(struct grouping *g, struct lr_error *err)
{
	const struct lr_recording *r = g->b->recording;
	const struct ls_live *slots;
	size_t index, count, i, used = 0;
	struct block block;
	unsigned pass, wanted;

	for (index = 0; lr_recording_live(r, index, &slots, &count); index++) {
		for (i = 0; i < count; i++)
			used += (slots[i].word & LS_LIVE_STATE) != LS_LIVE_FREE;
	}
	if (used >= UINT32_MAX)
		return lr_fail(err,
			       "%s: more than four thousand million live blocks; "
			       "record with --sample",
			       g->b->model->recording);
	g->table_size = table_size(used);
	g->table = lr_alloc(g->table_size, sizeof *g->table);
	g->blocks = lr_alloc(used, sizeof *g->blocks);
	for (pass = 0; pass < 2; pass++) {
		wanted = pass == 0 ? LS_LIVE_BLOCK : LS_LIVE_MOVING;
		for (index = 0; lr_recording_live(r, index, &slots, &count); index++) {
			for (i = 0; i < count; i++) {
				unsigned state = slots[i].word & LS_LIVE_STATE;

				if (state == wanted && read_block(&slots[i], &block))
					add_block(g, &block);
				else if (pass == 0 && state == LS_LIVE_WRITING)
					g->uncertain++;
			}
		}
	}
	return 0;
}

static void read_verdicts(struct grouping *g)
{
	uint32_t count = lr_recording_count(g->b->recording, LS_SEC_VERDICTS), i, id;
	size_t at;

	if (!count)
		return;
	g->verdict_size = table_size(count);
	g->verdict_address = lr_alloc(g->verdict_size, sizeof *g->verdict_address);
	g->verdict_kind = lr_alloc(g->verdict_size, sizeof *g->verdict_kind);
	for (i = 0; i < count; i++) {
		const struct ls_verdict *v =
			lr_recording_at(g->b->recording, LS_SEC_VERDICTS, i, &id);

		if (!v || !v->address || v->kind >= LS_KIND_COUNT)
			continue;
		at = lr_hash64(v->address) & (g->verdict_size - 1);
		while (g->verdict_address[at] && g->verdict_address[at] != v->address)
			at = (at + 1) & (g->verdict_size - 1);
		g->verdict_address[at] = v->address;
		g->verdict_kind[at] = (uint8_t)v->kind;
		g->verdicts = true;
	}
}

static enum ls_kind kind_of(const struct grouping *g, const struct block *block, unsigned memory)
{
	size_t at;

	if (memory != LS_MEM_HOST)
		return LS_KIND_DEVICE;
	if (!g->verdicts)
		return LS_KIND_UNCLASSIFIED;
	at = lr_hash64(block->address) & (g->verdict_size - 1);
	for (; g->verdict_address[at]; at = (at + 1) & (g->verdict_size - 1)) {
		if (g->verdict_address[at] == block->address)
			return g->verdict_kind[at];
	}
	return LS_KIND_UNCLASSIFIED;
}

static uint64_t group_hash(const struct group *key)
{
	return lr_hash64(((uint64_t)key->stack << 32 | key->path) * 0x9e3779b97f4a7c15ull +
			 ((uint64_t)key->memory << 16 | (uint64_t)key->kind << 8 | key->outlived));
}

static bool same_group(const struct group *a, const struct group *b)
{
	return a->stack == b->stack && a->path == b->path && a->memory == b->memory &&
	       a->kind == b->kind && a->outlived == b->outlived;
}

static void group_table_grow(struct grouping *g)
{
	size_t size = g->group_table_size ? 2 * g->group_table_size : 256, i, at;

	free(g->group_table);
	g->group_table = lr_alloc(size, sizeof *g->group_table);
	g->group_table_size = size;
	for (i = 0; i < g->group_count; i++) {
		at = group_hash(&g->groups[i]) & (size - 1);
		while (g->group_table[at])
			at = (at + 1) & (size - 1);
		g->group_table[at] = (uint32_t)i + 1;
	}
}

/* Index of the group of KEY, made if there is none. */
static size_t find_group(struct grouping *g, const struct group *key)
{
	size_t at;

	if (2 * (g->group_count + 1) > g->group_table_size)
		group_table_grow(g);
	at = group_hash(key) & (g->group_table_size - 1);
	for (; g->group_table[at]; at = (at + 1) & (g->group_table_size - 1)) {
		if (same_group(&g->groups[g->group_table[at] - 1], key))
			return g->group_table[at] - 1;
	}
	if (g->group_count == g->group_room) {
		g->group_room = g->group_room ? 2 * g->group_room : 128;
		g->groups = lr_grow(g->groups, g->group_room, sizeof *g->groups);
	}
	g->groups[g->group_count] = *key;
	g->groups[g->group_count].smallest = UINT64_MAX;
	g->groups[g->group_count].first_tick = UINT32_MAX;
	g->group_table[at] = (uint32_t)++g->group_count;
	return g->group_count - 1;
}

/* Whether the scope of context C was closed while the process ran. */
static bool was_closed(const struct lr_builder *b, const struct ls_context *c)
{
	const struct ls_scope *scope;

	if (c->state == 2)
		return true;
	scope = lr_recording_get(b->recording, LS_SEC_SCOPES, c->scope, NULL);
	return scope && scope->state == 2;
}

/*
 * Whether what context C tags has outlived its scope: the end of the process closes
 * those still open.  The process itself is outlived by nobody.
 */
static bool has_outlived(const struct lr_builder *b, const struct ls_context *c)
{
	return lr_scope_index(b, c->path) != 0 &&
	       (was_closed(b, c) || strcmp(b->model->state, "running") != 0);
}

/* The group of blocks of KIND in context C; its threads, times and scope instance noted once. */
static size_t group_of(struct grouping *g, const struct ls_context *c, enum ls_kind kind)
{
	struct group key = {.stack = c->stack, .path = c->path, .kind = (uint8_t)kind};
	struct group *group;
	size_t index;

	key.memory = (uint8_t)(c->memory < LS_MEM_COUNT ? c->memory : LS_MEM_HOST);
	key.outlived = has_outlived(g->b, c);
	index = find_group(g, &key);
	group = &g->groups[index];
	if (c->first_tick < group->first_tick)
		group->first_tick = c->first_tick;
	if (c->last_tick > group->last_tick)
		group->last_tick = c->last_tick;
	if (c->thread && group->thread_count < MOST_THREADS &&
	    pair_add(&g->threads, index, c->thread)) {
		if ((group->thread_count & (group->thread_count - 1)) == 0)
			group->threads = lr_grow(group->threads,
						 group->thread_count ? 2 * group->thread_count : 1,
						 sizeof *group->threads);
		group->threads[group->thread_count++] = c->thread;
	}
	if (key.outlived && c->scope && pair_add(&g->instances, index, c->scope))
		group->instances++;
	return index;
}

/* How many blocks BLOCK stands for: 1 / (1 - exp(-size / mean distance of samples)). */
static double weight_of(const struct grouping *g, const struct block *block)
{
	uint64_t sample = g->b->header->sample_bytes;
	double taken;

	if (!sample || !block->size)
		return 1;
	taken = -expm1(-(double)block->size / (double)sample);
	return taken > 0 ? 1 / taken : 1;
}

static void add_weight(struct weight *sum, const struct block *block, double weight)
{
	sum->blocks += weight;
	sum->bytes += weight * (double)block->size;
}

static uint64_t rounded(double value)
{
	return value < 1.8e19 ? (uint64_t)(value + 0.5) : UINT64_MAX;
}

static void count_block(struct grouping *g, const struct block *block)
{
	static const struct ls_context lost = {.path = 1};
	double weight = weight_of(g, block);
	const struct ls_context *c;
	struct group *group;
	uint32_t position = NONE, *known = NULL;
	enum ls_kind kind;
	size_t index, scope;

	c = lr_recording_get(g->b->recording, LS_SEC_CONTEXTS, block->context, &position);
	if (!c || !c->state || c->memory >= LS_MEM_COUNT) {
		/* safer shown without its origin than not at all */
		g->lost_blocks++;
		g->lost_bytes += block->size;
		c = &lost;
		position = NONE;
	}
	scope = lr_scope_index(g->b, c->path);
	add_weight(&g->totals[c->memory], block, weight);
	add_weight(&g->scopes[scope], block, weight);
	if (c->state == 1 && scope && !was_closed(g->b, c))
		add_weight(&g->ended[scope], block, weight);
	/* the birth of a huge block is not kept: its context's times must do */
	if (block->huge ? c->last_tick < g->since_tick : block->birth < g->since_epoch)
		return;
	kind = kind_of(g, block, c->memory);
	if (position != NONE)
		known = &g->of_context[(size_t)position * LS_KIND_COUNT + kind];
	if (known && *known) {
		index = *known - 1;
	} else {
		index = group_of(g, c, kind);
		if (known)
			*known = (uint32_t)index + 1;
	}
	group = &g->groups[index];
	add_weight(&group->live, block, weight);
	if (block->size < group->smallest)
		group->smallest = block->size;
	if (block->size > group->largest)
		group->largest = block->size;
	if (block->birth > group->max_birth)
		group->max_birth = block->birth;
}

static int by_number(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static const char *thread_label(struct lr_builder *b, uint32_t id)
{
	const struct ls_thread *thread = lr_recording_get(b->recording, LS_SEC_THREADS, id, NULL);
	char name[sizeof thread->name + 1] = "";

	if (thread && thread->state)
		memcpy(name, thread->name, sizeof thread->name);
	if (!name[0])
		return lr_arena_printf(b->arena, id == 1 ? "%" PRIu32 " main" : "%" PRIu32, id);
	return lr_arena_printf(b->arena, "%" PRIu32 " %s", id, name);
}

static void make_leak(struct grouping *g, struct group *group, struct lr_leak *leak)
{
	struct lr_builder *b = g->b;
	const struct lr_scope *scope = &b->model->scopes[lr_scope_index(b, group->path)];
	struct lr_trace trace = lr_trace_of(b, group->stack);
	uint32_t i;

	leak->kind = group->kind;
	leak->memory = group->memory;
	leak->scope = scope->path;
	leak->outlived = group->outlived;
	leak->estimated = b->model->estimated;
	leak->bytes = rounded(group->live.bytes);
	leak->blocks = rounded(group->live.blocks);
	leak->smallest = group->smallest;
	leak->largest = group->largest;
	leak->first_s = lr_tick_s(group->first_tick);
	leak->last_s = lr_tick_s(group->last_tick);
	leak->max_birth = group->max_birth;
	leak->frames = trace.frames;
	leak->frame_count = trace.count;
	leak->cut = trace.cut;
	if (group->outlived) {
		leak->scope_instances = group->instances;
		leak->scope_closes = scope->instances - scope->open_instances;
	}
	if (group->thread_count) {
		qsort(group->threads, group->thread_count, sizeof *group->threads, by_number);
		leak->threads =
			lr_arena_array(b->arena, group->thread_count, sizeof *leak->threads);
		for (i = 0; i < group->thread_count; i++)
			leak->threads[i] = thread_label(b, group->threads[i]);
		leak->thread_count = group->thread_count;
	}
	lr_fingerprint(leak->scope, leak->frames, leak->frame_count, leak->fingerprint);
}

/* --since: the epoch and time of the snapshot with that label; the latest of several. */
static int find_since(struct grouping *g, struct lr_error *err)
{
	const struct lr_model *model = g->b->model;
	const char *label = g->b->options->since;
	size_t i;

	if (!label)
		return 0;
	for (i = model->snapshot_count; i-- > 0;) {
		if (strcmp(model->snapshots[i].label, label) == 0) {
			g->since_epoch = model->snapshots[i].epoch;
			g->since_tick = (uint32_t)(model->snapshots[i].t_s * 1000);
			return 0;
		}
	}
	return lr_fail(err,
		       "%s has no snapshot '%s'; it has %zu snapshots (--format json lists them)",
		       model->recording, label, model->snapshot_count);
}

/* Live figures of totals and scopes; scopes that the process's end closed count as closed. */
static void put_live(struct grouping *g)
{
	struct lr_model *model = g->b->model;
	bool over = strcmp(model->state, "running") != 0 && strcmp(model->state, "exec") != 0;
	size_t i;

	for (i = 0; i < LS_MEM_COUNT; i++) {
		model->totals[i].live_blocks = rounded(g->totals[i].blocks);
		model->totals[i].live_bytes = rounded(g->totals[i].bytes);
	}
	for (i = 0; i < model->scope_count; i++) {
		struct lr_scope *scope = &model->scopes[i];

		scope->live_blocks = rounded(g->scopes[i].blocks);
		scope->live_bytes = rounded(g->scopes[i].bytes);
		if (!over || !i || !scope->open_instances)
			continue;
		scope->open_instances = 0;
		scope->last_closed_s = model->duration_s;
		scope->outlived_blocks += rounded(g->ended[i].blocks);
		scope->outlived_bytes += rounded(g->ended[i].bytes);
	}
}

static void build_groups(struct grouping *g)
{
	struct lr_builder *b = g->b;
	size_t i;

	read_verdicts(g);
	g->contexts = lr_recording_count(b->recording, LS_SEC_CONTEXTS);
	g->of_context = lr_alloc((size_t)g->contexts * LS_KIND_COUNT, sizeof *g->of_context);
	g->scopes = lr_alloc(b->model->scope_count, sizeof *g->scopes);
	g->ended = lr_alloc(b->model->scope_count, sizeof *g->ended);
	for (i = 0; i < g->block_count; i++)
		count_block(g, &g->blocks[i]);
	put_live(g);
	if (g->uncertain)
		lr_build_note(b, LS_NOTE_INFO,
			      "%" PRIu64 " blocks were just being recorded: "
			      "they are not counted",
			      g->uncertain);
	if (g->lost_blocks)
		lr_build_note(b, LS_NOTE_WARNING,
			      "where %" PRIu64 " blocks (%" PRIu64 " bytes) come "
			      "from is not in the recording",
			      g->lost_blocks, g->lost_bytes);
	if (strcmp(b->model->state, "exec") == 0)
		return; /* their image was replaced: they leaked nothing */
	b->model->leaks = lr_arena_array(b->arena, g->group_count, sizeof *b->model->leaks);
	b->model->leak_count = g->group_count;
	for (i = 0; i < g->group_count; i++) {
		make_leak(g, &g->groups[i], &b->model->leaks[i]);
		if (b->options->symbols)
			lr_symbols_progress(b->options->symbols, i + 1, g->group_count);
	}
}

int lr_build_leaks(struct lr_builder *b, struct lr_error *err)
{
	struct grouping g = {.b = b};
	size_t i;
	int rc;

	rc = find_since(&g, err);
	if (rc == 0)
		rc = collect(&g, err);
	if (rc == 0)
		build_groups(&g);
	for (i = 0; i < g.group_count; i++)
		free(g.groups[i].threads);
	free(g.groups);
	free(g.scopes);
	free(g.ended);
	free(g.group_table);
	free(g.blocks);
	free(g.table);
	free(g.of_context);
	free(g.threads.slots);
	free(g.instances.slots);
	free(g.verdict_address);
	free(g.verdict_kind);
	return rc;
}
