/* SPDX-License-Identifier: MIT */
/*
 * Live blocks to leaks: each by its context into the group stack x scope path x
 * memory x kind x outlived.  Linear in the blocks; tables are open-addressed.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "build_internal.h"
#include "fingerprint.h"

#define NONE UINT32_MAX
#define MOST_THREADS 64 /* named in one leak; the rest would fill the screen */

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
	struct lr_blocks blocks;
	struct group *groups;
	size_t group_count, group_room;
	uint32_t *group_table; /* over groups by key; index + 1 */
	size_t group_table_size;
	uint32_t *of_context; /* context position * LS_KIND_COUNT + kind -> group + 1 */
	uint32_t contexts;
	struct pair_set threads, instances;
	struct {
		uint32_t since, since_tick, until, until_tick;
	} epochs;
	uint64_t lost_blocks, lost_bytes;
	struct weight totals[LS_MEM_COUNT];
	struct weight *scopes; /* per scope of the model */
	struct weight *ended;  /* blocks of scopes that the end of the process closed */
};

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

static void add_weight(struct weight *sum, const struct lr_block *block, double weight)
{
	sum->blocks += weight;
	sum->bytes += weight * (double)block->size;
}

/* Whether BLOCK came in the span of --since and its end. */
static bool is_in_span(const struct grouping *g, const struct lr_block *block,
		       const struct ls_context *c)
{
	/* the birth of a huge block is not kept: its context's times must do */
	if (block->huge)
		return c->last_tick >= g->epochs.since_tick &&
		       c->first_tick <= g->epochs.until_tick;
	return block->birth >= g->epochs.since && block->birth < g->epochs.until;
}

static void count_block(struct grouping *g, struct lr_block *block)
{
	static const struct ls_context lost = {.path = 1};
	double weight = lr_block_weight(g->b, block);
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
	if (c->memory == LS_MEM_IGNORED)
		return;
	scope = lr_scope_index(g->b, c->path);
	add_weight(&g->totals[c->memory], block, weight);
	add_weight(&g->scopes[scope], block, weight);
	if (c->state == 1 && scope && !was_closed(g->b, c))
		add_weight(&g->ended[scope], block, weight);
	if (!is_in_span(g, block, c))
		return;
	kind = c->memory == LS_MEM_HOST ? lr_scans_kind(g->b->scans, block) : LS_KIND_DEVICE;
	if (position != NONE)
		known = &g->of_context[(size_t)position * LS_KIND_COUNT + kind];
	if (known && *known) {
		index = *known - 1;
	} else {
		index = group_of(g, c, kind);
		if (known)
			*known = (uint32_t)index + 1;
	}
	block->group = (uint32_t)index + 1;
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
	leak->bytes = lr_rounded(group->live.bytes);
	leak->blocks = lr_rounded(group->live.blocks);
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
			leak->threads[i] = lr_thread_label(b, group->threads[i]);
		leak->thread_count = group->thread_count;
	}
	lr_fingerprint(leak->scope, leak->frames, leak->frame_count, leak->fingerprint);
}

/* The latest snapshot of model with that label, or NULL with ERR. */
static const struct lr_snapshot *find_snapshot(const struct lr_model *model, const char *label,
					       struct lr_error *err)
{
	size_t i;

	for (i = model->snapshot_count; i-- > 0;) {
		if (strcmp(model->snapshots[i].label, label) == 0)
			return &model->snapshots[i];
	}
	lr_fail(err, "%s has no snapshot '%s'; it has %zu snapshots (--format json lists them)",
		model->recording, label, model->snapshot_count);
	return NULL;
}

/* Epochs and times of the snapshots between which blocks count. */
static int find_span(struct grouping *g, struct lr_error *err)
{
	const struct lr_build_options *options = g->b->options;
	const struct lr_snapshot *snapshot;

	g->epochs.until = g->epochs.until_tick = UINT32_MAX;
	if (options->since) {
		snapshot = find_snapshot(g->b->model, options->since, err);
		if (!snapshot)
			return -1;
		g->epochs.since = snapshot->epoch;
		g->epochs.since_tick = (uint32_t)(snapshot->t_s * 1000);
	}
	if (options->until) {
		snapshot = find_snapshot(g->b->model, options->until, err);
		if (!snapshot)
			return -1;
		g->epochs.until = snapshot->epoch;
		g->epochs.until_tick = (uint32_t)(snapshot->t_s * 1000);
	}
	return 0;
}

/* Live figures of totals and scopes; scopes that the process's end closed count as closed. */
static void put_live(struct grouping *g)
{
	struct lr_model *model = g->b->model;
	bool over = strcmp(model->state, "running") != 0 && strcmp(model->state, "exec") != 0;
	size_t i;

	for (i = 0; i < LS_MEM_COUNT; i++) {
		model->totals[i].live_blocks = lr_rounded(g->totals[i].blocks);
		model->totals[i].live_bytes = lr_rounded(g->totals[i].bytes);
	}
	for (i = 0; i < model->scope_count; i++) {
		struct lr_scope *scope = &model->scopes[i];

		scope->live_blocks = lr_rounded(g->scopes[i].blocks);
		scope->live_bytes = lr_rounded(g->scopes[i].bytes);
		if (!over || !i || !scope->open_instances)
			continue;
		scope->open_instances = 0;
		scope->last_closed_s = model->duration_s;
		scope->outlived_blocks += lr_rounded(g->ended[i].blocks);
		scope->outlived_bytes += lr_rounded(g->ended[i].bytes);
	}
}

/* Groups of one stack and path are one site; leak -> site, to be freed. */
static uint32_t *find_sites(struct grouping *g)
{
	size_t size = lr_table_size(g->group_count), i, at;
	uint32_t *table = lr_alloc(size, sizeof *table); /* 1 + a group of the site */
	uint32_t *site_of = lr_alloc(g->group_count, sizeof *site_of);
	struct lr_model *m = g->b->model;

	for (i = 0; i < g->group_count; i++) {
		const struct group *group = &g->groups[i];

		at = lr_hash64((uint64_t)group->stack << 32 | group->path) & (size - 1);
		while (table[at] && (g->groups[table[at] - 1].stack != group->stack ||
				     g->groups[table[at] - 1].path != group->path))
			at = (at + 1) & (size - 1);
		if (table[at]) {
			site_of[i] = site_of[table[at] - 1];
			continue;
		}
		table[at] = (uint32_t)i + 1;
		site_of[i] = (uint32_t)m->site_count++;
	}
	free(table);
	m->sites = lr_arena_array(g->b->arena, m->site_count, sizeof *m->sites);
	return site_of;
}

static void build_groups(struct grouping *g)
{
	struct lr_builder *b = g->b;
	uint32_t *site_of;
	size_t i;

	g->contexts = lr_recording_count(b->recording, LS_SEC_CONTEXTS);
	g->of_context = lr_alloc((size_t)g->contexts * LS_KIND_COUNT, sizeof *g->of_context);
	g->scopes = lr_alloc(b->model->scope_count, sizeof *g->scopes);
	g->ended = lr_alloc(b->model->scope_count, sizeof *g->ended);
	for (i = 0; i < g->blocks.count; i++)
		count_block(g, &g->blocks.list[i]);
	put_live(g);
	if (g->blocks.uncertain)
		lr_build_note(b, LS_NOTE_INFO,
			      "%" PRIu64 " blocks were just being recorded: "
			      "they are not counted",
			      g->blocks.uncertain);
	if (g->lost_blocks)
		lr_build_note(b, LS_NOTE_WARNING,
			      "where %" PRIu64 " blocks (%" PRIu64 " bytes) come "
			      "from is not in the recording",
			      g->lost_blocks, g->lost_bytes);
	if (strcmp(b->model->state, "exec") == 0)
		return; /* their image was replaced: they leaked nothing */
	lr_scans_notes(b);
	b->model->leaks = lr_arena_array(b->arena, g->group_count, sizeof *b->model->leaks);
	b->model->leak_count = g->group_count;
	for (i = 0; i < g->group_count; i++) {
		make_leak(g, &g->groups[i], &b->model->leaks[i]);
		if (b->options->symbols)
			lr_symbols_progress(b->options->symbols, i + 1, g->group_count);
	}
	site_of = find_sites(g);
	lr_build_retained(b, &g->blocks, site_of);
	free(site_of);
	lr_build_referrers(b, &g->blocks);
}

int lr_build_leaks(struct lr_builder *b, struct lr_error *err)
{
	struct grouping g = {.b = b};
	size_t i;
	int rc;

	rc = find_span(&g, err);
	if (rc == 0)
		rc = lr_blocks_read(b, &g.blocks, err);
	if (rc == 0)
		build_groups(&g);
	for (i = 0; i < g.group_count; i++)
		free(g.groups[i].threads);
	free(g.groups);
	free(g.scopes);
	free(g.ended);
	free(g.group_table);
	lr_blocks_free(&g.blocks);
	free(g.of_context);
	free(g.threads.slots);
	free(g.instances.slots);
	return rc;
}
