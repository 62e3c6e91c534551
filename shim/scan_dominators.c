/* SPDX-License-Identifier: MIT */
/*
 * Dominators of the graph of blocks: for each block the one through which every
 * path from the roots leads, so that a report can say what a block keeps alive.
 * The algorithm is Semi-NCA (Georgiadis, "Linear-Time Algorithms for Dominators
 * and Related Problems", 2005): depth-first numbers, semidominators by path
 * compression, then the nearest common ancestors.  No recursion: lists of a
 * million blocks are common.
 */
#include "scan_internal.h"

/* Everything but `number` is indexed by depth-first number; 0 is the root of all. */
struct graph {
	struct ls_job *j;
	uint32_t count;   /* numbers given: 1 … count */
	uint32_t *number; /* by block; 0 = not reached */
	uint32_t *vertex; /* number -> block */
	uint32_t *parent; /* in the depth-first tree; then the compressed ancestor */
	uint32_t *semi, *label;
	uint32_t *first; /* of a number's predecessors in `before` */
	uint32_t *before;
	uint32_t *path; /* being compressed */
};

static bool is_root_child(const struct ls_job *j, uint32_t block)
{
	return j->flags[block] & LS_BLOCK_ROOTED || j->verdict[block].kind == LS_KIND_DEFINITE;
}

static uint32_t *idom(struct graph *g, uint32_t number)
{
	return &g->j->verdict[g->vertex[number]].dominator;
}

static void give_number(struct graph *g, uint32_t block, uint32_t parent)
{
	uint32_t n = ++g->count;
	g->number[block] = n;
	g->vertex[n] = block;
	g->parent[n] = parent;
	g->label[n] = g->j->edge_first[block]; /* where the walk goes on, until labels are needed */
	g->semi[n] = n;
}

static void walk(struct graph *g, uint32_t start)
{
	const struct ls_job *j = g->j;
	give_number(g, start, 0);
	for (uint32_t at = g->count; at;) {
		uint32_t *next = &g->label[at];
		if (!*next || j->edge[*next] == LS_NO_EDGE) {
			at = g->parent[at];
			continue;
		}
		uint32_t block = j->edge[(*next)++];
		if (!g->number[block]) {
			give_number(g, block, at);
			at = g->count;
		}
	}
}

static void list_predecessors(struct graph *g)
{
	const struct ls_job *j = g->j;
	/* counted one place behind, so that filling moves each start to where it belongs */
	for (uint32_t v = 1; v <= g->count; v++)
		for (uint32_t e = j->edge_first[g->vertex[v]]; e && j->edge[e] != LS_NO_EDGE; e++)
			g->first[g->number[j->edge[e]] + 2]++;
	for (uint32_t v = 1; v <= g->count + 2; v++)
		g->first[v] += g->first[v - 1];
	for (uint32_t v = 1; v <= g->count; v++)
		for (uint32_t e = j->edge_first[g->vertex[v]]; e && j->edge[e] != LS_NO_EDGE; e++)
			g->before[g->first[g->number[j->edge[e]] + 1]++] = v;
}

/* The number with the least semidominator on V's path up to what was linked before LAST. */
static uint32_t evaluate(struct graph *g, uint32_t v, uint32_t last)
{
	uint32_t depth = 0;
	if (g->parent[v] < last)
		return g->label[v];
	do {
		g->path[depth++] = v;
		v = g->parent[v];
	} while (g->parent[v] >= last);
	uint32_t above = v, best = g->label[v];
	while (depth) {
		v = g->path[--depth];
		g->parent[v] = g->parent[above];
		if (g->semi[best] < g->semi[g->label[v]])
			g->label[v] = best;
		else
			best = g->label[v];
		above = v;
	}
	return g->label[v];
}

static void find_semidominators(struct graph *g)
{
	for (uint32_t v = 1; v <= g->count; v++) {
		g->label[v] = v;
		*idom(g, v) = g->parent[v];
	}
	for (uint32_t v = g->count; v; v--) {
		g->semi[v] = g->parent[v];
		if (is_root_child(g->j, g->vertex[v]))
			g->semi[v] = 0;
		for (uint32_t k = g->first[v]; k < g->first[v + 1]; k++) {
			uint32_t s = g->semi[evaluate(g, g->before[k], v + 1)];
			if (s < g->semi[v])
				g->semi[v] = s;
		}
	}
}

static void find_dominators(struct graph *g)
{
	for (uint32_t v = 1; v <= g->count; v++) {
		uint32_t up = *idom(g, v);
		while (up > g->semi[v])
			up = *idom(g, up);
		*idom(g, v) = up;
	}
	/* from numbers to blocks, the deepest first: those above are still read as numbers */
	for (uint32_t v = g->count; v; v--) {
		uint32_t up = *idom(g, v);
		*idom(g, v) = up ? g->vertex[up] + 1 : 0;
	}
}

bool ls_dominators(struct ls_job *j)
{
	struct graph g = {.j = j};
	size_t n = (size_t)j->count + 3;
	if (!j->edge)
		return false;
	g.number = j->queue; /* done with */
	uint32_t *words = ls_job_alloc(j, 6 * n * sizeof *words);
	g.before = ls_job_alloc(j, ((size_t)j->edge_count + 1) * sizeof *g.before);
	if (!words || !g.before)
		return false;
	g.vertex = words;
	g.parent = words + n;
	g.semi = words + 2 * n;
	g.label = words + 3 * n;
	g.first = words + 4 * n;
	g.path = words + 5 * n;
	for (uint32_t i = 0; i < j->count; i++)
		g.number[i] = 0;
	for (uint32_t i = 0; i < j->count; i++)
		if (!g.number[i] && is_root_child(j, i))
			walk(&g, i);
	list_predecessors(&g);
	find_semidominators(&g);
	find_dominators(&g);
	return true;
}
