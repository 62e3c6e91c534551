/* SPDX-License-Identifier: MIT */
/* Graphs: nodes, what they depend on, copies of them. */
#include <string.h>

#include "sim.h"

static struct sim_object *graph_of(CUgraph graph)
{
	return sim_find(graph, SIM_GRAPH);
}

static struct sim_object *node_of(CUgraphNode node)
{
	return sim_find(node, SIM_NODE);
}

struct sim_object *sim_graph_new(void)
{
	return sim_new(SIM_GRAPH, NULL);
}

/* ---- parameters of nodes ---- */
void sim_node_params_drop(struct sim_node_params *p)
{
	sim_drop(p->data);
	if (p->block)
		sim_graph_unref(p->block);
	if (sim_at(p->graph))
		sim_graph_delete(sim_at(p->graph), NULL);
	memset(p, 0, sizeof *p);
}

static bool params_copy(struct sim_node_params *to, const struct sim_node_params *from)
{
	CUresult r;
	*to = *from;
	to->data = sim_copy(from->data, from->bytes);
	if (from->graph)
		to->graph = sim_slot(sim_graph_copy(sim_at(from->graph), &r));
	if (to->block)
		sim_block(to->block)->refs++;
	return (to->data || !from->data) && (to->graph || !from->graph);
}

/* ---- nodes ---- */
static bool change_needs(struct sim_object *node, uint32_t need, bool add)
{
	uint32_t *needs = node->node.needs, count = node->node.count, at = 0;
	while (at < count && needs[at] != need)
		at++;
	if (!add) {
		if (at == count)
			return false;
		memmove(needs + at, needs + at + 1, (count - at - 1) * sizeof *needs);
		node->node.count--;
		return true;
	}
	if (at < count)
		return false;
	uint32_t *more = sim_keep((count + 1) * sizeof *more);
	if (!more)
		return false;
	if (count)
		memcpy(more, needs, count * sizeof *more);
	more[count] = need;
	sim_drop(needs);
	node->node.needs = more;
	node->node.count++;
	return true;
}

static bool memory_node(CUgraphNodeType type)
{
	return type == CU_GRAPH_NODE_TYPE_MEM_ALLOC || type == CU_GRAPH_NODE_TYPE_MEM_FREE;
}

struct sim_object *sim_node_new(struct sim_object *graph, CUgraphNodeType type,
				const uint32_t *needs, size_t count,
				const struct sim_node_params *params, CUresult *result)
{
	struct sim_object *n = sim_new(SIM_NODE, NULL);
	*result = CUDA_ERROR_OUT_OF_MEMORY;
	if (!n)
		return NULL;
	n->node.type = type;
	n->node.params = sim_keep(sizeof *n->node.params);
	if (count) {
		n->node.needs = sim_copy(needs, count * sizeof *needs);
		n->node.count = (uint32_t)count;
	}
	if (!n->node.params || (count && !n->node.needs) ||
	    (params && !params_copy(n->node.params, params))) {
		sim_node_delete(n);
		return NULL;
	}
	n->node.original = n->id;
	if (graph) {
		n->node.graph = sim_slot(graph);
		n->node.previous = graph->graph.last;
		struct sim_object *last = sim_at(graph->graph.last);
		if (last)
			last->node.sibling = sim_slot(n);
		else
			graph->graph.first = sim_slot(n);
		graph->graph.last = sim_slot(n);
		graph->graph.count++;
		graph->graph.memory += memory_node(type);
	}
	*result = CUDA_SUCCESS;
	return n;
}

void sim_node_delete(struct sim_object *n)
{
	struct sim_object *graph = sim_at(n->node.graph);
	if (graph) {
		struct sim_object *before = sim_at(n->node.previous),
				  *after = sim_at(n->node.sibling);
		if (before)
			before->node.sibling = n->node.sibling;
		else
			graph->graph.first = n->node.sibling;
		if (after)
			after->node.previous = n->node.previous;
		else
			graph->graph.last = n->node.previous;
		graph->graph.count--;
		graph->graph.memory -= memory_node(n->node.type);
	}
	if (n->node.params)
		sim_node_params_drop(n->node.params);
	sim_drop(n->node.params);
	sim_drop(n->node.needs);
	sim_delete(n, NULL);
}

void sim_graph_delete(struct sim_object *graph, const char *how)
{
	for (struct sim_object *n; (n = sim_at(graph->graph.first));)
		sim_node_delete(n);
	sim_delete(graph, how);
}

struct sim_object *sim_graph_copy(const struct sim_object *graph, CUresult *result)
{
	struct sim_object *copy = sim_graph_new();
	*result = CUDA_ERROR_OUT_OF_MEMORY;
	if (!copy)
		return NULL;
	for (const struct sim_object *n = sim_at(graph->graph.first); n;
	     n = sim_at(n->node.sibling)) {
		struct sim_object *m =
			sim_node_new(copy, n->node.type, NULL, 0, n->node.params, result);
		if (!m) {
			sim_graph_delete(copy, NULL);
			return NULL;
		}
		m->node.original = n->id;
		m->node.disabled = n->node.disabled;
	}
	/* Dependencies, now that all nodes are there: found by what each is a copy of. */
	const struct sim_object *n = sim_at(graph->graph.first);
	for (struct sim_object *m = sim_at(copy->graph.first); m;
	     m = sim_at(m->node.sibling), n = sim_at(n->node.sibling)) {
		for (uint32_t i = 0; i < n->node.count; i++) {
			uint64_t id = sim_at(n->node.needs[i])->id;
			for (struct sim_object *o = sim_at(copy->graph.first); o;
			     o = sim_at(o->node.sibling)) {
				if (o->node.original == id)
					change_needs(m, sim_slot(o), true);
			}
		}
	}
	*result = CUDA_SUCCESS;
	return copy;
}

/* ---- the calls ---- */
CUresult cuGraphCreate(CUgraph *graph, unsigned flags)
{
	SIM_CALL_SLOW(cuGraphCreate);
	if (!graph || flags)
		return CUDA_ERROR_INVALID_VALUE;
	SIM_LOCKED;
	struct sim_object *o = sim_graph_new();
	if (!o)
		return CUDA_ERROR_OUT_OF_MEMORY;
	sim_count_new(o);
	*graph = (CUgraph)(void *)o;
	return CUDA_SUCCESS;
}

CUresult cuGraphClone(CUgraph *clone, CUgraph original)
{
	SIM_CALL_SLOW(cuGraphClone);
	SIM_LOCKED;
	const struct sim_object *o = graph_of(original);
	if (!clone || !o)
		return CUDA_ERROR_INVALID_VALUE;
	if (o->graph.memory)
		return CUDA_ERROR_NOT_SUPPORTED;
	CUresult r;
	struct sim_object *copy = sim_graph_copy(o, &r);
	if (!copy)
		return r;
	sim_count_new(copy);
	*clone = (CUgraph)(void *)copy;
	return CUDA_SUCCESS;
}

CUresult cuGraphDestroy(CUgraph graph)
{
	SIM_CALL_SLOW(cuGraphDestroy);
	SIM_LOCKED;
	struct sim_object *o = graph_of(graph);
	if (!o || o->graph.parent)
		return CUDA_ERROR_INVALID_VALUE;
	sim_graph_delete(o, "call");
	return CUDA_SUCCESS;
}

CUresult cuGraphDestroyNode(CUgraphNode node)
{
	SIM_CALL(cuGraphDestroyNode);
	SIM_LOCKED;
	struct sim_object *n = node_of(node), *graph = n ? sim_at(n->node.graph) : NULL;
	if (!graph)
		return CUDA_ERROR_INVALID_VALUE;
	if (memory_node(n->node.type))
		return CUDA_ERROR_NOT_SUPPORTED;
	for (struct sim_object *o = sim_at(graph->graph.first); o; o = sim_at(o->node.sibling))
		change_needs(o, sim_slot(n), false);
	sim_node_delete(n);
	return CUDA_SUCCESS;
}

CUresult cuGraphNodeFindInClone(CUgraphNode *node, CUgraphNode original, CUgraph clone)
{
	SIM_CALL(cuGraphNodeFindInClone);
	SIM_LOCKED;
	const struct sim_object *o = node_of(original), *graph = graph_of(clone);
	if (!node || !o || !graph)
		return CUDA_ERROR_INVALID_VALUE;
	for (struct sim_object *n = sim_at(graph->graph.first); n; n = sim_at(n->node.sibling)) {
		if (n->node.original == o->id) {
			*node = (CUgraphNode)(void *)n;
			return CUDA_SUCCESS;
		}
	}
	return CUDA_ERROR_INVALID_VALUE;
}

CUresult cuGraphNodeGetType(CUgraphNode node, CUgraphNodeType *type)
{
	SIM_CALL(cuGraphNodeGetType);
	SIM_LOCKED;
	const struct sim_object *n = node_of(node);
	if (!type || !n)
		return CUDA_ERROR_INVALID_VALUE;
	*type = n->node.type;
	return CUDA_SUCCESS;
}

/* ---- lists of nodes: how many there are, or as many as there is room for ---- */
struct list {
	CUgraphNode *out, *to;
	CUgraphEdgeData *data;
	size_t room, count;
};

static void put(struct list *l, uint32_t node, uint32_t to)
{
	if (l->count < l->room && l->out)
		l->out[l->count] = (CUgraphNode)(void *)sim_at(node);
	if (l->count < l->room && l->to)
		l->to[l->count] = (CUgraphNode)(void *)sim_at(to);
	if (l->count < l->room && l->data)
		memset(&l->data[l->count], 0, sizeof *l->data);
	l->count++;
}

static void finish(const struct list *l, size_t *count)
{
	if (l->out) {
		for (size_t i = l->count; i < l->room; i++)
			l->out[i] = NULL;
	}
	*count = l->out && l->count > l->room ? l->room : l->count;
}

static CUresult nodes(CUgraph graph, CUgraphNode *out, size_t *count, bool roots)
{
	SIM_LOCKED;
	const struct sim_object *o = graph_of(graph);
	if (!o || !count)
		return CUDA_ERROR_INVALID_VALUE;
	struct list l = {.out = out, .room = out ? *count : 0};
	for (const struct sim_object *n = sim_at(o->graph.first); n; n = sim_at(n->node.sibling)) {
		if (!roots || !n->node.count)
			put(&l, sim_slot(n), 0);
	}
	finish(&l, count);
	return CUDA_SUCCESS;
}

CUresult cuGraphGetNodes(CUgraph graph, CUgraphNode *out, size_t *count)
{
	SIM_CALL(cuGraphGetNodes);
	return nodes(graph, out, count, false);
}

CUresult cuGraphGetRootNodes(CUgraph graph, CUgraphNode *out, size_t *count)
{
	SIM_CALL(cuGraphGetRootNodes);
	return nodes(graph, out, count, true);
}

static CUresult edges(CUgraph graph, CUgraphNode *from, CUgraphNode *to, CUgraphEdgeData *data,
		      size_t *count)
{
	SIM_LOCKED;
	const struct sim_object *o = graph_of(graph);
	if (!o || !count)
		return CUDA_ERROR_INVALID_VALUE;
	struct list l = {.out = from, .to = to, .data = data, .room = from ? *count : 0};
	for (const struct sim_object *n = sim_at(o->graph.first); n; n = sim_at(n->node.sibling)) {
		for (uint32_t i = 0; i < n->node.count; i++)
			put(&l, n->node.needs[i], sim_slot(n));
	}
	finish(&l, count);
	return CUDA_SUCCESS;
}

CUresult cuGraphGetEdges(CUgraph graph, CUgraphNode *from, CUgraphNode *to, size_t *count)
{
	SIM_CALL(cuGraphGetEdges);
	return edges(graph, from, to, NULL, count);
}

CUresult cuGraphGetEdges_v2(CUgraph graph, CUgraphNode *from, CUgraphNode *to,
			    CUgraphEdgeData *data, size_t *count)
{
	SIM_CALL(cuGraphGetEdges);
	return edges(graph, from, to, data, count);
}

static CUresult neighbours(CUgraphNode node, CUgraphNode *out, CUgraphEdgeData *data, size_t *count,
			   bool after)
{
	SIM_LOCKED;
	const struct sim_object *n = node_of(node), *graph = n ? sim_at(n->node.graph) : NULL;
	if (!graph || !count)
		return CUDA_ERROR_INVALID_VALUE;
	struct list l = {.out = out, .data = data, .room = out ? *count : 0};
	if (!after) {
		for (uint32_t i = 0; i < n->node.count; i++)
			put(&l, n->node.needs[i], 0);
	} else {
		for (const struct sim_object *m = sim_at(graph->graph.first); m;
		     m = sim_at(m->node.sibling)) {
			for (uint32_t i = 0; i < m->node.count; i++) {
				if (m->node.needs[i] == sim_slot(n))
					put(&l, sim_slot(m), 0);
			}
		}
	}
	finish(&l, count);
	return CUDA_SUCCESS;
}

CUresult cuGraphNodeGetDependencies(CUgraphNode node, CUgraphNode *out, size_t *count)
{
	SIM_CALL(cuGraphNodeGetDependencies);
	return neighbours(node, out, NULL, count, false);
}

CUresult cuGraphNodeGetDependencies_v2(CUgraphNode node, CUgraphNode *out, CUgraphEdgeData *data,
				       size_t *count)
{
	SIM_CALL(cuGraphNodeGetDependencies);
	return neighbours(node, out, data, count, false);
}

CUresult cuGraphNodeGetDependentNodes(CUgraphNode node, CUgraphNode *out, size_t *count)
{
	SIM_CALL(cuGraphNodeGetDependentNodes);
	return neighbours(node, out, NULL, count, true);
}

CUresult cuGraphNodeGetDependentNodes_v2(CUgraphNode node, CUgraphNode *out, CUgraphEdgeData *data,
					 size_t *count)
{
	SIM_CALL(cuGraphNodeGetDependentNodes);
	return neighbours(node, out, data, count, true);
}

static CUresult dependencies(CUgraph graph, const CUgraphNode *from, const CUgraphNode *to,
			     size_t count, bool add)
{
	SIM_LOCKED;
	if (!graph_of(graph) || (count && (!from || !to)))
		return CUDA_ERROR_INVALID_VALUE;
	for (size_t i = 0; i < count; i++) {
		struct sim_object *a = node_of(from[i]), *b = node_of(to[i]);
		if (!a || !b || a == b || !change_needs(b, sim_slot(a), add))
			return CUDA_ERROR_INVALID_VALUE;
	}
	return CUDA_SUCCESS;
}

CUresult cuGraphAddDependencies(CUgraph graph, const CUgraphNode *from, const CUgraphNode *to,
				size_t count)
{
	SIM_CALL(cuGraphAddDependencies);
	return dependencies(graph, from, to, count, true);
}

CUresult cuGraphAddDependencies_v2(CUgraph graph, const CUgraphNode *from, const CUgraphNode *to,
				   const CUgraphEdgeData *data, size_t count)
{
	SIM_CALL(cuGraphAddDependencies);
	(void)data;
	return dependencies(graph, from, to, count, true);
}

CUresult cuGraphRemoveDependencies(CUgraph graph, const CUgraphNode *from, const CUgraphNode *to,
				   size_t count)
{
	SIM_CALL(cuGraphRemoveDependencies);
	return dependencies(graph, from, to, count, false);
}

CUresult cuGraphRemoveDependencies_v2(CUgraph graph, const CUgraphNode *from, const CUgraphNode *to,
				      const CUgraphEdgeData *data, size_t count)
{
	SIM_CALL(cuGraphRemoveDependencies);
	(void)data;
	return dependencies(graph, from, to, count, false);
}

CUresult cuGraphDebugDotPrint(CUgraph graph, const char *path, unsigned flags)
{
	SIM_CALL(cuGraphDebugDotPrint);
	(void)flags;
	SIM_LOCKED;
	return graph_of(graph) && path ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}
