/* SPDX-License-Identifier: MIT */
/*
 * Groups: what becomes one leak, stack x scope path x memory x kind x outlived and, for
 * resources of the CUDA driver, the call that made them.  Tables are open-addressed.
 */
#include <stdlib.h>
#include <string.h>

#include "build_internal.h"

#define MOST_THREADS 64 /* named in one leak; the rest would fill the screen */

static void pair_grow(struct lr_pair_set *set);

/* Add (A, B); true if it was not there. */
bool lr_pair_add(struct lr_pair_set *set, uint64_t a, uint64_t b)
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

static void pair_grow(struct lr_pair_set *set)
{
	struct lr_pair_set larger = {.room = set->room ? 2 * set->room : 64};
	size_t i;

	larger.slots = lr_alloc(larger.room, sizeof *larger.slots);
	for (i = 0; i < set->room; i++) {
		if (set->slots[i].a)
			lr_pair_add(&larger, set->slots[i].a - 1, set->slots[i].b);
	}
	free(set->slots);
	*set = larger;
}

static uint64_t group_hash(const struct lr_group *key)
{
	return lr_hash64(((uint64_t)key->stack << 32 | key->path) * 0x9e3779b97f4a7c15ull +
			 ((uint64_t)key->call << 24 | (uint64_t)key->memory << 16 |
			  (uint64_t)key->kind << 8 | key->outlived));
}

static bool same_group(const struct lr_group *a, const struct lr_group *b)
{
	return a->stack == b->stack && a->path == b->path && a->memory == b->memory &&
	       a->kind == b->kind && a->call == b->call && a->outlived == b->outlived;
}

static void group_table_grow(struct lr_grouping *g)
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
static size_t find_group(struct lr_grouping *g, const struct lr_group *key)
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
bool lr_scope_was_closed(const struct lr_builder *b, const struct ls_context *c)
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
	       (lr_scope_was_closed(b, c) || strcmp(b->model->state, "running") != 0);
}

void lr_group_list(uint32_t **list, uint32_t *count, uint32_t value)
{
	if ((*count & (*count - 1)) == 0) /* room is a power of two */
		*list = lr_grow(*list, *count ? 2 * (size_t)*count : 1, sizeof **list);
	(*list)[(*count)++] = value;
}

void lr_group_seen(struct lr_group *group, uint32_t first_tick, uint32_t last_tick)
{
	if (first_tick < group->first_tick)
		group->first_tick = first_tick;
	if (last_tick > group->last_tick)
		group->last_tick = last_tick;
}

size_t lr_group_of(struct lr_grouping *g, const struct ls_context *c, enum ls_memory memory,
		   enum ls_kind kind, uint32_t call)
{
	struct lr_group key = {
		.stack = c->stack,
		.path = c->path,
		.memory = (uint8_t)memory,
		.kind = (uint8_t)kind,
		.call = (uint8_t)call,
		.outlived = has_outlived(g->b, c),
	};
	size_t index = find_group(g, &key);
	struct lr_group *group = &g->groups[index];

	if (c->thread && group->thread_count < MOST_THREADS &&
	    lr_pair_add(&g->threads, index, c->thread))
		lr_group_list(&group->threads, &group->thread_count, c->thread);
	if (key.outlived && c->scope && lr_pair_add(&g->instances, index, c->scope))
		group->instances++;
	return index;
}

void lr_group_count(struct lr_group *group, uint64_t size, double weight, uint32_t birth)
{
	group->live.blocks += weight;
	group->live.bytes += weight * (double)size;
	if (size < group->smallest)
		group->smallest = size;
	if (size > group->largest)
		group->largest = size;
	if (birth > group->max_birth)
		group->max_birth = birth;
}

void lr_grouping_free(struct lr_grouping *g)
{
	size_t i;

	for (i = 0; i < g->group_count; i++) {
		free(g->groups[i].threads);
		free(g->groups[i].devices);
	}
	free(g->groups);
	free(g->group_table);
	free(g->threads.slots);
	free(g->instances.slots);
	free(g->devices.slots);
	free(g->cuda_contexts.slots);
	free(g->streams.slots);
}
