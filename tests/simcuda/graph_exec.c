/* SPDX-License-Identifier: MIT */
/* Instantiated graphs: own copies of the nodes, in an order that their needs allow. */
#include <string.h>

#include "sim.h"

static void release(struct sim_object *exec)
{
	for (uint32_t i = 0; i < exec->exec.count; i++)
		sim_node_delete(sim_at(exec->exec.nodes[i]));
	sim_drop(exec->exec.nodes);
	sim_delete(exec, NULL);
}

/* While it is being launched the nodes stay. */
void sim_exec_delete(struct sim_object *exec, const char *how)
{
	sim_account_release(SIM_GRAPHEXEC, (uintptr_t)exec, 0, how);
	exec->dying = true;
	if (--exec->refs == 0)
		release(exec);
}

static bool append(struct sim_object *exec, uint32_t node)
{
	uint32_t count = exec->exec.count;
	if ((count & (count - 1)) == 0) { /* room is a power of two */
		uint32_t *more = sim_keep((count ? 2 * count : 1) * sizeof *more);
		if (!more)
			return false;
		if (count)
			memcpy(more, exec->exec.nodes, count * sizeof *more);
		sim_drop(exec->exec.nodes);
		exec->exec.nodes = more;
	}
	exec->exec.nodes[exec->exec.count++] = node;
	return true;
}

/* Whether all that node N needs is among the first DONE of ORDER. */
static bool ready(const struct sim_object *n, const uint32_t *order, uint32_t done)
{
	for (uint32_t i = 0; i < n->node.count; i++) {
		uint32_t at = 0;
		while (at < done && order[at] != n->node.needs[i])
			at++;
		if (at == done)
			return false;
	}
	return true;
}

/* Copies of a graph's nodes behind those that EXEC has; of a child graph its nodes instead. */
static CUresult copy_nodes(struct sim_object *exec, const struct sim_object *graph)
{
	uint32_t total = graph->graph.count, done = 0;
	uint32_t *order = sim_keep((total + 1) * sizeof *order);
	bool *taken = sim_keep(total + 1);
	CUresult r = order && taken ? CUDA_SUCCESS : CUDA_ERROR_OUT_OF_MEMORY;
	for (bool more = true; !r && more && done < total;) {
		more = false;
		uint32_t i = 0;
		for (const struct sim_object *n = sim_at(graph->graph.first); n && !r;
		     n = sim_at(n->node.sibling), i++) {
			if (taken[i] || !ready(n, order, done))
				continue;
			taken[i] = more = true;
			order[done++] = sim_slot(n);
			if (n->node.type == CU_GRAPH_NODE_TYPE_GRAPH) {
				r = copy_nodes(exec, sim_at(n->node.params->graph));
				continue;
			}
			struct sim_object *copy =
				sim_node_new(NULL, n->node.type, NULL, 0, n->node.params, &r);
			if (!copy)
				break;
			copy->node.original = n->id;
			if (!append(exec, sim_slot(copy)))
				r = CUDA_ERROR_OUT_OF_MEMORY;
		}
	}
	if (!r && done < total)
		r = CUDA_ERROR_INVALID_VALUE; /* a circle */
	sim_drop(order);
	sim_drop(taken);
	return r;
}

static CUresult instantiate(CUgraphExec *out, CUgraph graph, unsigned long long flags)
{
	SIM_LOCKED;
	struct sim_object *g = sim_find(graph, SIM_GRAPH);
	if (!out || !g || flags & ~15ull)
		return CUDA_ERROR_INVALID_VALUE;
	const struct sim_object *other = sim_at(g->graph.exec);
	if (g->graph.memory && other && other->kind == SIM_GRAPHEXEC &&
	    other->id == g->graph.exec_id && !other->dying)
		return CUDA_ERROR_NOT_SUPPORTED;
	CUresult r;
	struct sim_object *e = sim_new(SIM_GRAPHEXEC, sim_current(&r));
	if (!e)
		return CUDA_ERROR_OUT_OF_MEMORY;
	e->exec.flags = flags;
	r = copy_nodes(e, g);
	if (r) {
		release(e);
		return r;
	}
	g->graph.exec = sim_slot(e);
	g->graph.exec_id = e->id;
	sim_count_new(e);
	*out = (CUgraphExec)(void *)e;
	return CUDA_SUCCESS;
}

CUresult cuGraphInstantiate(CUgraphExec *exec, CUgraph graph, CUgraphNode *node, char *log,
			    size_t size)
{
	SIM_CALL_SLOW(cuGraphInstantiate);
	if (node)
		*node = NULL;
	if (log && size)
		*log = 0;
	return instantiate(exec, graph, 0);
}

CUresult cuGraphInstantiate_v2(CUgraphExec *exec, CUgraph graph, CUgraphNode *node, char *log,
			       size_t size)
{
	return cuGraphInstantiate(exec, graph, node, log, size);
}

CUresult cuGraphInstantiateWithFlags(CUgraphExec *exec, CUgraph graph, unsigned long long flags)
{
	SIM_CALL_SLOW(cuGraphInstantiateWithFlags);
	return instantiate(exec, graph, flags);
}

CUresult cuGraphInstantiateWithParams(CUgraphExec *exec, CUgraph graph,
				      CUDA_GRAPH_INSTANTIATE_PARAMS *params)
{
	SIM_CALL_SLOW(cuGraphInstantiateWithParams);
	if (!params)
		return CUDA_ERROR_INVALID_VALUE;
	CUresult r = instantiate(exec, graph, params->flags);
	params->hErrNode_out = NULL;
	params->result_out = r ? CUDA_GRAPH_INSTANTIATE_ERROR : CUDA_GRAPH_INSTANTIATE_SUCCESS;
	return r;
}

CUresult cuGraphExecDestroy(CUgraphExec exec)
{
	SIM_CALL_SLOW(cuGraphExecDestroy);
	SIM_LOCKED;
	struct sim_object *e = sim_find(exec, SIM_GRAPHEXEC);
	if (!e)
		return CUDA_ERROR_INVALID_VALUE;
	sim_exec_delete(e, "call");
	return CUDA_SUCCESS;
}

/* ---- launching ---- */
static CUresult run_node(struct sim_object *n, const struct sim_where *where, uint64_t stream,
			 bool auto_free)
{
	const struct sim_node_params *p = n->node.params;
	struct sim_block *b = sim_block(p->block);
	if (n->node.disabled)
		return CUDA_SUCCESS;
	switch ((int)n->node.type) {
	case CU_GRAPH_NODE_TYPE_MEM_ALLOC:
		if (b->kind == SIM_GRAPHMEM && auto_free)
			sim_graph_idle(b, "graph");
		return b->kind == SIM_GRAPHMEM ? CUDA_ERROR_INVALID_VALUE
					       : sim_graph_live(b, where->context, stream);
	case CU_GRAPH_NODE_TYPE_MEM_FREE:
		if (b->kind != SIM_GRAPHMEM || b->freeing)
			return sim_unknown();
		sim_graph_idle(b, "graph");
		return CUDA_SUCCESS;
	case CU_GRAPH_NODE_TYPE_EVENT_RECORD: {
		struct sim_object *event = sim_at(p->event);
		if (event && event->id == p->event_id)
			sim_event_recorded(event, sim_submitted(where));
		return CUDA_SUCCESS;
	}
	default: return p->run ? sim_submit(where, p->run, p->data, p->bytes, false) : CUDA_SUCCESS;
	}
}

/* Memory of an earlier launch that was not freed: the graph can't have it again. */
static bool still_live(const struct sim_object *e)
{
	for (uint32_t i = 0; i < e->exec.count; i++) {
		const struct sim_object *n = sim_at(e->exec.nodes[i]);
		if (n->node.type == CU_GRAPH_NODE_TYPE_MEM_ALLOC &&
		    sim_block(n->node.params->block)->kind == SIM_GRAPHMEM)
			return true;
	}
	return false;
}

static CUresult launch(CUgraphExec exec, CUstream stream)
{
	SIM_LOCKED;
	struct sim_where where;
	CUresult r = sim_where(stream, &where);
	struct sim_object *e = sim_find(exec, SIM_GRAPHEXEC);
	if (r || !e)
		return r ? r : CUDA_ERROR_INVALID_VALUE;
	if (sim_capturing(&where))
		return CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
	bool auto_free = e->exec.flags & CUDA_GRAPH_INSTANTIATE_FLAG_AUTO_FREE_ON_LAUNCH;
	sim_run_frees(where.key);
	if (still_live(e) && !auto_free)
		return CUDA_ERROR_INVALID_VALUE;
	e->refs++;
	for (uint32_t i = 0; !r && i < e->exec.count; i++)
		r = run_node(sim_at(e->exec.nodes[i]), &where, (uintptr_t)stream, auto_free);
	if (--e->refs == 0)
		release(e);
	return r;
}

CUresult cuGraphLaunch(CUgraphExec exec, CUstream stream)
{
	SIM_CALL_SLOW(cuGraphLaunch);
	return launch(exec, stream);
}

CUresult cuGraphUpload(CUgraphExec exec, CUstream stream)
{
	SIM_CALL(cuGraphUpload);
	SIM_LOCKED;
	struct sim_where where;
	CUresult r = sim_where(stream, &where);
	return r ? r : sim_find(exec, SIM_GRAPHEXEC) ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

CUresult cuGraphExecGetFlags(CUgraphExec exec, uint64_t *flags)
{
	SIM_CALL(cuGraphExecGetFlags);
	SIM_LOCKED;
	const struct sim_object *e = sim_find(exec, SIM_GRAPHEXEC);
	if (!flags || !e)
		return CUDA_ERROR_INVALID_VALUE;
	*flags = e->exec.flags;
	return CUDA_SUCCESS;
}

/* ---- changing one ---- */
static CUresult update(CUgraphExec exec, CUgraph graph, CUgraphExecUpdateResult *result)
{
	SIM_LOCKED;
	struct sim_object *e = sim_find(exec, SIM_GRAPHEXEC);
	const struct sim_object *g = sim_find(graph, SIM_GRAPH);
	if (!e || !g)
		return CUDA_ERROR_INVALID_VALUE;
	struct sim_object *next = sim_new(SIM_GRAPHEXEC, NULL);
	if (!next)
		return CUDA_ERROR_OUT_OF_MEMORY;
	CUresult r = copy_nodes(next, g);
	bool same = !r && next->exec.count == e->exec.count;
	for (uint32_t i = 0; same && i < e->exec.count; i++)
		same = sim_at(e->exec.nodes[i])->node.type ==
		       sim_at(next->exec.nodes[i])->node.type;
	if (same) { /* the copies change places, but stay known by the nodes they began as */
		for (uint32_t i = 0; i < e->exec.count; i++)
			sim_at(next->exec.nodes[i])->node.original =
				sim_at(e->exec.nodes[i])->node.original;
		uint32_t *nodes = e->exec.nodes;
		e->exec.nodes = next->exec.nodes;
		next->exec.nodes = nodes;
	}
	release(next);
	*result = same ? CU_GRAPH_EXEC_UPDATE_SUCCESS : CU_GRAPH_EXEC_UPDATE_ERROR_TOPOLOGY_CHANGED;
	return r ? r : same ? CUDA_SUCCESS : CUDA_ERROR_GRAPH_EXEC_UPDATE_FAILURE;
}

CUresult cuGraphExecUpdate(CUgraphExec exec, CUgraph graph, CUgraphNode *node,
			   CUgraphExecUpdateResult *result)
{
	SIM_CALL(cuGraphExecUpdate);
	if (!result)
		return CUDA_ERROR_INVALID_VALUE;
	if (node)
		*node = NULL;
	return update(exec, graph, result);
}

CUresult cuGraphExecUpdate_v2(CUgraphExec exec, CUgraph graph, CUgraphExecUpdateResultInfo *info)
{
	SIM_CALL(cuGraphExecUpdate);
	if (!info)
		return CUDA_ERROR_INVALID_VALUE;
	memset(info, 0, sizeof *info);
	return update(exec, graph, &info->result);
}

struct sim_object *sim_exec_node(CUgraphExec exec, CUgraphNode node)
{
	const struct sim_object *e = sim_find(exec, SIM_GRAPHEXEC), *n = sim_find(node, SIM_NODE);
	for (uint32_t i = 0; e && n && i < e->exec.count; i++) {
		struct sim_object *copy = sim_at(e->exec.nodes[i]);
		if (copy->node.original == n->id)
			return copy;
	}
	return NULL;
}

CUresult cuGraphNodeSetEnabled(CUgraphExec exec, CUgraphNode node, unsigned enabled)
{
	SIM_CALL(cuGraphNodeSetEnabled);
	SIM_LOCKED;
	struct sim_object *copy = sim_exec_node(exec, node);
	if (!copy || (copy->node.type != CU_GRAPH_NODE_TYPE_KERNEL &&
		      copy->node.type != CU_GRAPH_NODE_TYPE_MEMCPY &&
		      copy->node.type != CU_GRAPH_NODE_TYPE_MEMSET))
		return CUDA_ERROR_INVALID_VALUE;
	copy->node.disabled = !enabled;
	return CUDA_SUCCESS;
}

CUresult cuGraphNodeGetEnabled(CUgraphExec exec, CUgraphNode node, unsigned *enabled)
{
	SIM_CALL(cuGraphNodeGetEnabled);
	SIM_LOCKED;
	const struct sim_object *copy = sim_exec_node(exec, node);
	if (!enabled || !copy)
		return CUDA_ERROR_INVALID_VALUE;
	*enabled = !copy->node.disabled;
	return CUDA_SUCCESS;
}
