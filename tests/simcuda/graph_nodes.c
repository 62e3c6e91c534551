/* SPDX-License-Identifier: MIT */
/* Adding nodes of each type, and their parameters. */
#include <string.h>

#include "sim.h"

/* ---- what a node does, from what the program tells of it ---- */
static CUresult fill_kernel(struct sim_node_params *p, const CUDA_KERNEL_NODE_PARAMS *k)
{
	struct sim_launch *l;
	CUresult r = sim_launch_new(&l, k->func ? k->func : (CUfunction)(void *)k->kern,
				    (unsigned[]){k->gridDimX, k->gridDimY, k->gridDimZ},
				    (unsigned[]){k->blockDimX, k->blockDimY, k->blockDimZ},
				    k->sharedMemBytes, k->kernelParams, k->extra);
	if (r)
		return r;
	sim_launch_keep(l);
	p->run = sim_launch_run;
	p->data = l;
	p->bytes = sim_launch_bytes(l);
	p->given.kernel = *k;
	p->given.kernel.kernelParams = p->given.kernel.extra = NULL;
	return CUDA_SUCCESS;
}

static CUresult keep(struct sim_node_params *p, sim_work run, const void *data, size_t bytes)
{
	p->run = run;
	p->bytes = bytes;
	p->data = sim_copy(data, bytes);
	return p->data ? CUDA_SUCCESS : CUDA_ERROR_OUT_OF_MEMORY;
}

static CUresult fill_memory(struct sim_node_params *p, CUgraphNodeParams *given)
{
	struct sim_block *b;
	if (given->type == CU_GRAPH_NODE_TYPE_MEM_FREE) {
		b = sim_block_at(given->free.dptr);
		if (!b || (b->kind != SIM_GRAPHROOM && b->kind != SIM_GRAPHMEM) ||
		    sim_block_address(b) != given->free.dptr)
			return sim_unknown();
		b->refs++;
		p->block = sim_block_index(b);
		return CUDA_SUCCESS;
	}
	const CUmemPoolProps *props = &given->alloc.poolProps;
	if (props->location.type != CU_MEM_LOCATION_TYPE_DEVICE || props->location.id < 0 ||
	    (unsigned)props->location.id >= sim.devices || !given->alloc.bytesize)
		return CUDA_ERROR_INVALID_VALUE;
	CUresult r = sim_graph_reserve(props->location.id, given->alloc.bytesize, &b);
	if (r)
		return r;
	p->block = sim_block_index(b);
	p->given.alloc = given->alloc;
	p->given.alloc.accessDescs = NULL;
	p->given.alloc.accessDescCount = 0;
	p->given.alloc.dptr = 0;
	given->alloc.dptr = sim_block_address(b);
	return CUDA_SUCCESS;
}

/* From what the program tells of a node; of GIVEN the address of new memory is set. */
static CUresult fill(struct sim_node_params *p, CUgraphNodeParams *given)
{
	CUresult r;
	struct sim_object *o;
	memset(p, 0, sizeof *p);
	p->given.type = given->type;
	switch ((int)given->type) {
	case CU_GRAPH_NODE_TYPE_EMPTY: return CUDA_SUCCESS;
	case CU_GRAPH_NODE_TYPE_KERNEL: return fill_kernel(p, &given->kernel);
	case CU_GRAPH_NODE_TYPE_MEMCPY: {
		struct sim_copy3d c;
		r = sim_copy3d_data(&c, &given->memcpy.copyParams, true);
		p->given.memcpy = given->memcpy;
		return r ? r : keep(p, sim_copy3d_run, &c, sizeof c);
	}
	case CU_GRAPH_NODE_TYPE_MEMSET: {
		const CUDA_MEMSET_NODE_PARAMS_v2 *m = &given->memset;
		struct sim_fill f = {m->dst,    m->pitch, m->width,
				     m->height, m->value, m->elementSize};
		r = sim_fill_data(&f, true);
		p->given.memset = *m;
		return r ? r : keep(p, sim_fill_run, &f, sizeof f);
	}
	case CU_GRAPH_NODE_TYPE_HOST: {
		struct sim_host_call c = {.function = given->host.fn, .data = given->host.userData};
		p->given.host = given->host;
		return c.function ? keep(p, sim_host_run, &c, sizeof c) : CUDA_ERROR_INVALID_VALUE;
	}
	case CU_GRAPH_NODE_TYPE_GRAPH:
		o = sim_find(given->graph.graph, SIM_GRAPH);
		if (!o)
			return CUDA_ERROR_INVALID_VALUE;
		if (o->graph.memory)
			return CUDA_ERROR_NOT_SUPPORTED;
		o = sim_graph_copy(o, &r);
		p->graph = sim_slot(o);
		return r;
	case CU_GRAPH_NODE_TYPE_EVENT_RECORD:
	case CU_GRAPH_NODE_TYPE_WAIT_EVENT:
		o = sim_find(given->eventRecord.event, SIM_EVENT);
		if (!o)
			return CUDA_ERROR_INVALID_VALUE;
		p->event = sim_slot(o);
		p->event_id = o->id;
		p->given.eventRecord = given->eventRecord;
		return CUDA_SUCCESS;
	case CU_GRAPH_NODE_TYPE_MEM_ALLOC:
	case CU_GRAPH_NODE_TYPE_MEM_FREE: return fill_memory(p, given);
	default: return CUDA_ERROR_NOT_SUPPORTED;
	}
}

/* ---- adding ---- */
enum { FEW = 64 };

static CUresult add(CUgraphNode *node, CUgraph graph, const CUgraphNode *needs, size_t count,
		    CUgraphNodeParams *given)
{
	SIM_LOCKED;
	struct sim_object *g = sim_find(graph, SIM_GRAPH);
	if (!node || !g || (count && !needs))
		return CUDA_ERROR_INVALID_VALUE;
	uint32_t few[FEW], *slots = count > FEW ? sim_keep(count * sizeof *slots) : few;
	if (!slots)
		return CUDA_ERROR_OUT_OF_MEMORY;
	CUresult r = CUDA_SUCCESS;
	for (size_t i = 0; i < count && !r; i++) {
		const struct sim_object *n = sim_find(needs[i], SIM_NODE);
		if (!n || n->node.graph != sim_slot(g))
			r = CUDA_ERROR_INVALID_VALUE;
		else
			slots[i] = sim_slot(n);
	}
	struct sim_node_params p = {0};
	if (!r)
		r = fill(&p, given);
	if (!r) {
		struct sim_object *n = sim_node_new(g, given->type, slots, count, &p, &r);
		if (n) {
			*node = (CUgraphNode)(void *)n;
			if (n->node.params->graph)
				sim_at(n->node.params->graph)->graph.parent = sim_slot(n);
		}
	}
	sim_node_params_drop(&p);
	if (slots != few)
		sim_drop(slots);
	return r;
}

CUresult cuGraphAddNode(CUgraphNode *node, CUgraph graph, const CUgraphNode *needs, size_t count,
			CUgraphNodeParams *params)
{
	SIM_CALL(cuGraphAddNode);
	return params ? add(node, graph, needs, count, params) : CUDA_ERROR_INVALID_VALUE;
}

CUresult cuGraphAddNode_v2(CUgraphNode *node, CUgraph graph, const CUgraphNode *needs,
			   const CUgraphEdgeData *data, size_t count, CUgraphNodeParams *params)
{
	SIM_CALL(cuGraphAddNode);
	(void)data;
	return params ? add(node, graph, needs, count, params) : CUDA_ERROR_INVALID_VALUE;
}

CUresult cuGraphAddEmptyNode(CUgraphNode *node, CUgraph graph, const CUgraphNode *needs,
			     size_t count)
{
	SIM_CALL(cuGraphAddEmptyNode);
	return add(node, graph, needs, count,
		   &(CUgraphNodeParams){.type = CU_GRAPH_NODE_TYPE_EMPTY});
}

static CUDA_KERNEL_NODE_PARAMS from_v1(const CUDA_KERNEL_NODE_PARAMS_v1 *old)
{
	CUDA_KERNEL_NODE_PARAMS k = {0};
	memcpy(&k, old, sizeof *old);
	return k;
}

CUresult cuGraphAddKernelNode(CUgraphNode *node, CUgraph graph, const CUgraphNode *needs,
			      size_t count, const CUDA_KERNEL_NODE_PARAMS_v1 *k)
{
	SIM_CALL(cuGraphAddKernelNode);
	if (!k)
		return CUDA_ERROR_INVALID_VALUE;
	return add(node, graph, needs, count,
		   &(CUgraphNodeParams){.type = CU_GRAPH_NODE_TYPE_KERNEL, .kernel = from_v1(k)});
}

CUresult cuGraphAddKernelNode_v2(CUgraphNode *node, CUgraph graph, const CUgraphNode *needs,
				 size_t count, const CUDA_KERNEL_NODE_PARAMS *k)
{
	SIM_CALL(cuGraphAddKernelNode);
	if (!k)
		return CUDA_ERROR_INVALID_VALUE;
	return add(node, graph, needs, count,
		   &(CUgraphNodeParams){.type = CU_GRAPH_NODE_TYPE_KERNEL, .kernel = *k});
}

static CUDA_MEMSET_NODE_PARAMS_v2 with_context(const CUDA_MEMSET_NODE_PARAMS *m, CUcontext context)
{
	return (CUDA_MEMSET_NODE_PARAMS_v2){m->dst,   m->pitch,  m->value, m->elementSize,
					    m->width, m->height, context};
}

CUresult cuGraphAddMemsetNode(CUgraphNode *node, CUgraph graph, const CUgraphNode *needs,
			      size_t count, const CUDA_MEMSET_NODE_PARAMS *m, CUcontext context)
{
	SIM_CALL(cuGraphAddMemsetNode);
	if (!m)
		return CUDA_ERROR_INVALID_VALUE;
	return add(node, graph, needs, count,
		   &(CUgraphNodeParams){.type = CU_GRAPH_NODE_TYPE_MEMSET,
					.memset = with_context(m, context)});
}

CUresult cuGraphAddMemcpyNode(CUgraphNode *node, CUgraph graph, const CUgraphNode *needs,
			      size_t count, const CUDA_MEMCPY3D *c, CUcontext context)
{
	SIM_CALL(cuGraphAddMemcpyNode);
	if (!c)
		return CUDA_ERROR_INVALID_VALUE;
	return add(node, graph, needs, count,
		   &(CUgraphNodeParams){.type = CU_GRAPH_NODE_TYPE_MEMCPY,
					.memcpy = {.copyCtx = context, .copyParams = *c}});
}

CUresult cuGraphAddHostNode(CUgraphNode *node, CUgraph graph, const CUgraphNode *needs,
			    size_t count, const CUDA_HOST_NODE_PARAMS *h)
{
	SIM_CALL(cuGraphAddHostNode);
	if (!h)
		return CUDA_ERROR_INVALID_VALUE;
	return add(node, graph, needs, count,
		   &(CUgraphNodeParams){.type = CU_GRAPH_NODE_TYPE_HOST, .host = *h});
}

CUresult cuGraphAddChildGraphNode(CUgraphNode *node, CUgraph graph, const CUgraphNode *needs,
				  size_t count, CUgraph child)
{
	SIM_CALL(cuGraphAddChildGraphNode);
	return add(
		node, graph, needs, count,
		&(CUgraphNodeParams){.type = CU_GRAPH_NODE_TYPE_GRAPH, .graph = {.graph = child}});
}

CUresult cuGraphAddEventRecordNode(CUgraphNode *node, CUgraph graph, const CUgraphNode *needs,
				   size_t count, CUevent event)
{
	SIM_CALL(cuGraphAddEventRecordNode);
	return add(node, graph, needs, count,
		   &(CUgraphNodeParams){.type = CU_GRAPH_NODE_TYPE_EVENT_RECORD,
					.eventRecord = {event}});
}

CUresult cuGraphAddEventWaitNode(CUgraphNode *node, CUgraph graph, const CUgraphNode *needs,
				 size_t count, CUevent event)
{
	SIM_CALL(cuGraphAddEventWaitNode);
	return add(
		node, graph, needs, count,
		&(CUgraphNodeParams){.type = CU_GRAPH_NODE_TYPE_WAIT_EVENT, .eventWait = {event}});
}

CUresult cuGraphAddMemAllocNode(CUgraphNode *node, CUgraph graph, const CUgraphNode *needs,
				size_t count, CUDA_MEM_ALLOC_NODE_PARAMS *params)
{
	SIM_CALL(cuGraphAddMemAllocNode);
	if (!params)
		return CUDA_ERROR_INVALID_VALUE;
	CUgraphNodeParams p = {.type = CU_GRAPH_NODE_TYPE_MEM_ALLOC, .alloc = *params};
	CUresult r = add(node, graph, needs, count, &p);
	if (!r)
		params->dptr = p.alloc.dptr;
	return r;
}

CUresult cuGraphAddMemFreeNode(CUgraphNode *node, CUgraph graph, const CUgraphNode *needs,
			       size_t count, CUdeviceptr p)
{
	SIM_CALL(cuGraphAddMemFreeNode);
	return add(node, graph, needs, count,
		   &(CUgraphNodeParams){.type = CU_GRAPH_NODE_TYPE_MEM_FREE, .free = {p}});
}

/* ---- parameters, asked for and changed ---- */
static CUresult get(CUgraphNode node, CUgraphNodeType type, CUgraphNodeParams *out)
{
	SIM_LOCKED;
	const struct sim_object *n = sim_find(node, SIM_NODE);
	if (!n || n->node.type != type)
		return CUDA_ERROR_INVALID_VALUE;
	const struct sim_node_params *p = n->node.params;
	*out = p->given;
	if (type == CU_GRAPH_NODE_TYPE_MEM_ALLOC)
		out->alloc.dptr = sim_block_address(sim_block(p->block));
	else if (type == CU_GRAPH_NODE_TYPE_MEM_FREE)
		out->free.dptr = sim_block_address(sim_block(p->block));
	else if (type == CU_GRAPH_NODE_TYPE_GRAPH)
		out->graph.graph = (CUgraph)(void *)sim_at(p->graph);
	return CUDA_SUCCESS;
}

/* Of node N or, for an instantiated graph, of its copy of that node. */
static CUresult set(struct sim_object *n, CUgraphNodeParams *given)
{
	struct sim_node_params p;
	if (!n || n->node.type != given->type || given->type == CU_GRAPH_NODE_TYPE_MEM_ALLOC ||
	    given->type == CU_GRAPH_NODE_TYPE_MEM_FREE)
		return CUDA_ERROR_INVALID_VALUE;
	CUresult r = fill(&p, given);
	if (r) {
		sim_node_params_drop(&p);
		return r;
	}
	sim_node_params_drop(n->node.params);
	*n->node.params = p;
	return CUDA_SUCCESS;
}

static CUresult set_node(CUgraphNode node, CUgraphNodeParams *given)
{
	SIM_LOCKED;
	return set(sim_find(node, SIM_NODE), given);
}

static CUresult set_exec(CUgraphExec exec, CUgraphNode node, CUgraphNodeParams *given)
{
	SIM_LOCKED;
	return set(sim_exec_node(exec, node), given);
}

#define GET(name, kind, member, of)                                                                \
	CUresult name(CUgraphNode node, of *out)                                                   \
	{                                                                                          \
		SIM_CALL(name);                                                                    \
		CUgraphNodeParams p;                                                               \
		CUresult r =                                                                       \
			out ? get(node, CU_GRAPH_NODE_TYPE_##kind, &p) : CUDA_ERROR_INVALID_VALUE; \
		if (!r)                                                                            \
			memcpy(out, &p.member, sizeof *out);                                       \
		return r;                                                                          \
	}
GET(cuGraphKernelNodeGetParams, KERNEL, kernel, CUDA_KERNEL_NODE_PARAMS_v1)
GET(cuGraphKernelNodeGetParams_v2, KERNEL, kernel, CUDA_KERNEL_NODE_PARAMS)
GET(cuGraphMemsetNodeGetParams, MEMSET, memset, CUDA_MEMSET_NODE_PARAMS)
GET(cuGraphMemcpyNodeGetParams, MEMCPY, memcpy.copyParams, CUDA_MEMCPY3D)
GET(cuGraphHostNodeGetParams, HOST, host, CUDA_HOST_NODE_PARAMS)
GET(cuGraphChildGraphNodeGetGraph, GRAPH, graph.graph, CUgraph)
GET(cuGraphEventRecordNodeGetEvent, EVENT_RECORD, eventRecord.event, CUevent)
GET(cuGraphEventWaitNodeGetEvent, WAIT_EVENT, eventWait.event, CUevent)
GET(cuGraphMemAllocNodeGetParams, MEM_ALLOC, alloc, CUDA_MEM_ALLOC_NODE_PARAMS)
GET(cuGraphMemFreeNodeGetParams, MEM_FREE, free.dptr, CUdeviceptr)

#define SET(name, kind, member, of, value)                                                         \
	CUresult name(CUgraphNode node, of v)                                                      \
	{                                                                                          \
		SIM_CALL(name);                                                                    \
		if (!v)                                                                            \
			return CUDA_ERROR_INVALID_VALUE;                                           \
		return set_node(node, &(CUgraphNodeParams){.type = CU_GRAPH_NODE_TYPE_##kind,      \
							   .member = value});                      \
	}
SET(cuGraphKernelNodeSetParams, KERNEL, kernel, const CUDA_KERNEL_NODE_PARAMS_v1 *, from_v1(v))
SET(cuGraphKernelNodeSetParams_v2, KERNEL, kernel, const CUDA_KERNEL_NODE_PARAMS *, *v)
SET(cuGraphMemsetNodeSetParams, MEMSET, memset, const CUDA_MEMSET_NODE_PARAMS *,
    with_context(v, NULL))
SET(cuGraphMemcpyNodeSetParams, MEMCPY, memcpy.copyParams, const CUDA_MEMCPY3D *, *v)
SET(cuGraphHostNodeSetParams, HOST, host, const CUDA_HOST_NODE_PARAMS *, *v)
SET(cuGraphEventRecordNodeSetEvent, EVENT_RECORD, eventRecord.event, CUevent, v)
SET(cuGraphEventWaitNodeSetEvent, WAIT_EVENT, eventWait.event, CUevent, v)

#define SET_EXEC(name, kind, member, of, value, ...)                                               \
	CUresult name(CUgraphExec exec, CUgraphNode node, of v __VA_ARGS__)                        \
	{                                                                                          \
		SIM_CALL(name);                                                                    \
		if (!v)                                                                            \
			return CUDA_ERROR_INVALID_VALUE;                                           \
		return set_exec(                                                                   \
			exec, node,                                                                \
			&(CUgraphNodeParams){.type = CU_GRAPH_NODE_TYPE_##kind, .member = value}); \
	}
#define AND(parameter) , parameter
SET_EXEC(cuGraphExecKernelNodeSetParams, KERNEL, kernel, const CUDA_KERNEL_NODE_PARAMS_v1 *,
	 from_v1(v), )
SET_EXEC(cuGraphExecKernelNodeSetParams_v2, KERNEL, kernel, const CUDA_KERNEL_NODE_PARAMS *, *v, )
SET_EXEC(cuGraphExecMemsetNodeSetParams, MEMSET, memset, const CUDA_MEMSET_NODE_PARAMS *,
	 with_context(v, context), AND(CUcontext context))
SET_EXEC(cuGraphExecMemcpyNodeSetParams, MEMCPY, memcpy.copyParams, const CUDA_MEMCPY3D *, *v,
	 AND(CUcontext context))
SET_EXEC(cuGraphExecHostNodeSetParams, HOST, host, const CUDA_HOST_NODE_PARAMS *, *v, )
SET_EXEC(cuGraphExecEventRecordNodeSetEvent, EVENT_RECORD, eventRecord.event, CUevent, v, )
SET_EXEC(cuGraphExecEventWaitNodeSetEvent, WAIT_EVENT, eventWait.event, CUevent, v, )

CUresult cuGraphNodeSetParams(CUgraphNode node, CUgraphNodeParams *params)
{
	SIM_CALL(cuGraphNodeSetParams);
	return params ? set_node(node, params) : CUDA_ERROR_INVALID_VALUE;
}

CUresult cuGraphExecNodeSetParams(CUgraphExec exec, CUgraphNode node, CUgraphNodeParams *params)
{
	SIM_CALL(cuGraphExecNodeSetParams);
	return params ? set_exec(exec, node, params) : CUDA_ERROR_INVALID_VALUE;
}
