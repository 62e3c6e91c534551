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

static void add_weight(struct lr_weight *sum, const struct lr_block *block, double weight)
{
	sum->blocks += weight;
	sum->bytes += weight * (double)block->size;
}

/* Whether BLOCK came in the span of --since and its end. */
static bool is_in_span(const struct lr_grouping *g, const struct lr_block *block,
		       const struct ls_context *c)
{
	/* the birth of a huge block is not kept: its context's times must do */
	if (block->huge)
		return c->last_tick >= g->epochs.since_tick &&
		       c->first_tick <= g->epochs.until_tick;
	return block->birth >= g->epochs.since && block->birth < g->epochs.until;
}

static void count_block(struct lr_grouping *g, struct lr_block *block)
{
	static const struct ls_context lost = {.path = 1};
	double weight = lr_block_weight(g->b, block);
	const struct ls_context *c;
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
	if (c->state == 1 && scope && !lr_scope_was_closed(g->b, c))
		add_weight(&g->ended[scope], block, weight);
	if (!is_in_span(g, block, c))
		return;
	kind = c->memory == LS_MEM_HOST ? lr_scans_kind(g->b->scans, block) : LS_KIND_DEVICE;
	if (position != NONE)
		known = &g->of_context[(size_t)position * LS_KIND_COUNT + kind];
	if (known && *known) {
		index = *known - 1;
	} else {
		index = lr_group_of(g, c, c->memory, kind, 0);
		lr_group_seen(&g->groups[index], c->first_tick, c->last_tick);
		if (known)
			*known = (uint32_t)index + 1;
	}
	block->group = (uint32_t)index + 1;
	lr_group_count(&g->groups[index], block->size, weight, block->birth);
}

static int by_number(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static void make_leak(struct lr_grouping *g, struct lr_group *group, struct lr_leak *leak)
{
	struct lr_builder *b = g->b;
	const struct lr_scope *scope = &b->model->scopes[lr_scope_index(b, group->path)];
	struct lr_trace trace = group->call ? lr_trace_of_call(b, group->stack, group->call - 1u)
					    : lr_trace_of(b, group->stack);
	uint32_t i;

	leak->kind = group->kind;
	leak->memory = group->memory;
	leak->scope = scope->path;
	leak->outlived = group->outlived;
	leak->estimated = b->model->estimated && !group->call; /* those are not sampled */
	leak->gpu = lr_build_gpu(b, group, &trace);
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
static int find_span(struct lr_grouping *g, struct lr_error *err)
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
static void put_live(struct lr_grouping *g)
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
static uint32_t *find_sites(struct lr_grouping *g)
{
	size_t size = lr_table_size(g->group_count), i, at;
	uint32_t *table = lr_alloc(size, sizeof *table); /* 1 + a group of the site */
	uint32_t *site_of = lr_alloc(g->group_count, sizeof *site_of);
	struct lr_model *m = g->b->model;

	for (i = 0; i < g->group_count; i++) {
		const struct lr_group *group = &g->groups[i];

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

static void build_groups(struct lr_grouping *g)
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
	lr_build_resources(g);
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
	struct lr_grouping g = {.b = b};
	int rc;

	rc = find_span(&g, err);
	if (rc == 0)
		rc = lr_blocks_read(b, &g.blocks, err);
	if (rc == 0)
		build_groups(&g);
	lr_grouping_free(&g);
	lr_blocks_free(&g.blocks);
	free(g.scopes);
	free(g.ended);
	free(g.of_context);
	return rc;
}
