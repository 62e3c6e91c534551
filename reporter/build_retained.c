/* SPDX-License-Identifier: MIT */
/*
 * What blocks keep alive: sums over the tree of dominators of each scan, or, where a
 * scan has none, over the blocks in which lost ones were found.  The tree comes from a
 * file: it is walked from its roots only, each block once, so that loops cost nothing and
 * whoever is in one counts for itself alone.
 */
#include <stdlib.h>

#include "build_internal.h"

struct node {
	uint32_t parent; /* 1 + index, 0 = none */
	uint32_t child, next;
	uint32_t block; /* 1 + index of the live block, 0 = freed since or not recorded */
	double blocks, bytes;
	bool seen, tops_group, tops_site;
};

struct sum {
	double blocks, bytes;
	uint32_t inside; /* how many of it are above the place where the walk is */
};

struct retaining {
	struct lr_builder *b;
	const struct lr_blocks *blocks;
	const uint32_t *site_of;
	struct sum *groups, *sites;
	struct node *nodes; /* of one set */
};

/* The block through which alone block I of SET is held; 1 + index, 0 = none. */
static uint32_t parent_of(const struct retaining *r, const struct lr_scan_set *set, uint32_t i)
{
	const struct ls_verdict *v = &set->verdicts[i];
	const struct lr_block *block;
	uint32_t at;

	if (set->scan->flags & LS_SCAN_DOMINATORS)
		return v->dominator <= set->count && v->dominator != i + 1 ? v->dominator : 0;
	if (v->kind != LS_KIND_INDIRECT || v->holder_type != LS_HOLDER_BLOCK)
		return 0;
	at = lr_scan_set_below(set, v->holder);
	if (!at || at == i + 1 || !r->nodes[at - 1].block)
		return 0;
	block = &r->blocks->list[r->nodes[at - 1].block - 1];
	return v->holder - block->address < block->size ? at : 0;
}

static void add(struct sum *to, double blocks, double bytes)
{
	to->blocks += blocks;
	to->bytes += bytes;
}

/* What BLOCK keeps alive is nothing but itself. */
static void add_alone(struct retaining *r, const struct lr_block *block)
{
	double weight = lr_block_weight(r->b, block);

	if (!block->group)
		return;
	add(&r->groups[block->group - 1], weight, weight * (double)block->size);
	add(&r->sites[r->site_of[block->group - 1]], weight, weight * (double)block->size);
}

static void enter(struct retaining *r, struct node *node)
{
	const struct lr_block *block;

	node->seen = true;
	if (!node->block)
		return;
	block = &r->blocks->list[node->block - 1];
	if (!block->group)
		return;
	node->blocks = lr_block_weight(r->b, block);
	node->bytes = node->blocks * (double)block->size;
	/* below another of the same site it is counted there */
	node->tops_group = r->groups[block->group - 1].inside++ == 0;
	node->tops_site = r->sites[r->site_of[block->group - 1]].inside++ == 0;
}

static void leave(struct retaining *r, struct node *node)
{
	uint32_t group = node->block ? r->blocks->list[node->block - 1].group : 0;

	if (group) {
		struct sum *of_group = &r->groups[group - 1];
		struct sum *of_site = &r->sites[r->site_of[group - 1]];

		of_group->inside--;
		of_site->inside--;
		if (node->tops_group)
			add(of_group, node->blocks, node->bytes);
		if (node->tops_site)
			add(of_site, node->blocks, node->bytes);
	}
	if (node->parent) {
		r->nodes[node->parent - 1].blocks += node->blocks;
		r->nodes[node->parent - 1].bytes += node->bytes;
	}
}

static void walk(struct retaining *r, uint32_t root)
{
	uint32_t at = root;

	enter(r, &r->nodes[at]);
	for (;;) {
		struct node *node = &r->nodes[at];

		if (node->child) {
			at = node->child - 1;
			node->child = r->nodes[at].next;
			enter(r, &r->nodes[at]);
			continue;
		}
		leave(r, node);
		if (at == root)
			return;
		at = node->parent - 1;
	}
}

static void add_set(struct retaining *r, size_t index)
{
	const struct lr_scan_set *set = &r->b->scans->sets[index];
	uint32_t i;

	r->nodes = lr_alloc(set->count, sizeof *r->nodes);
	for (i = 0; i < set->count; i++) {
		const struct lr_block *block = lr_blocks_find(r->blocks, set->verdicts[i].address);

		if (block && block->verdict == i + 1 && block->set == index)
			r->nodes[i].block = (uint32_t)(block - r->blocks->list) + 1;
	}
	for (i = 0; i < set->count; i++) {
		struct node *node = &r->nodes[i];

		node->parent = parent_of(r, set, i);
		if (!node->parent)
			continue;
		node->next = r->nodes[node->parent - 1].child;
		r->nodes[node->parent - 1].child = i + 1;
	}
	for (i = 0; i < set->count; i++) {
		if (!r->nodes[i].parent)
			walk(r, i);
	}
	for (i = 0; i < set->count; i++) {
		if (!r->nodes[i].seen && r->nodes[i].block)
			add_alone(r, &r->blocks->list[r->nodes[i].block - 1]);
	}
	free(r->nodes);
}

void lr_build_retained(struct lr_builder *b, const struct lr_blocks *blocks,
		       const uint32_t *site_of)
{
	struct lr_model *m = b->model;
	struct retaining r = {.b = b, .blocks = blocks, .site_of = site_of};
	size_t i;

	r.groups = lr_alloc(m->leak_count, sizeof *r.groups);
	r.sites = lr_alloc(m->site_count, sizeof *r.sites);
	for (i = 0; i < b->scans->count; i++) {
		if (b->scans->sets[i].scan->flags & LS_SCAN_DOMINATORS)
			m->dominators = true;
		add_set(&r, i);
	}
	for (i = 0; i < blocks->count; i++) {
		if (!blocks->list[i].verdict)
			add_alone(&r, &blocks->list[i]);
	}
	for (i = 0; i < m->leak_count; i++) {
		if (!m->leaks[i].gpu)
			continue;
		add(&r.groups[i], (double)m->leaks[i].blocks, (double)m->leaks[i].bytes);
		add(&r.sites[site_of[i]], (double)m->leaks[i].blocks, (double)m->leaks[i].bytes);
	}
	for (i = 0; i < m->leak_count; i++) {
		m->leaks[i].retained.blocks = lr_rounded(r.groups[i].blocks);
		m->leaks[i].retained.bytes = lr_rounded(r.groups[i].bytes);
		m->leaks[i].site = site_of[i];
		m->sites[site_of[i]].leaks++;
	}
	for (i = 0; i < m->site_count; i++) {
		m->sites[i].retained.blocks = lr_rounded(r.sites[i].blocks);
		m->sites[i].retained.bytes = lr_rounded(r.sites[i].bytes);
	}
	free(r.groups);
	free(r.sites);
}
