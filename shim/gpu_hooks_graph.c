/* SPDX-License-Identifier: MIT */
/* Wrappers of the driver's functions for graphs; gpu_graph.c follows the memory in them. */
#include "gpu_graph.h"
#include "gpu_tell.h"
#include "gpu_wrap.h"

/* ---- graphs ---- */

static CUresult made(CUresult result, CUgraph graph, uintptr_t pc)
{
	struct ls_gpu_new n = {.memory = LS_MEM_HANDLE,
			       .type = LS_RES_GRAPH,
			       .class = LS_GPU_GRAPH,
			       .handle = ls_handle(graph),
			       .ordinal = -1};
	return ls_tell_created(result, &n, pc);
}

static CUresult created(CUresult result, CUgraph const *out, uintptr_t pc)
{
	CUgraph graph = ANSWERED(result, out);
	ls_graph_created(graph);
	return made(result, graph, pc);
}

static CUresult cloned(CUresult result, CUgraph const *out, CUgraph from, uintptr_t pc)
{
	CUgraph graph = ANSWERED(result, out);
	if (graph)
		ls_graph_cloned(from, graph);
	return made(result, graph, pc);
}

static CUresult destroyed(CUresult result, CUgraph graph)
{
	if (result == LS_CU_SUCCESS)
		ls_graph_destroyed(graph);
	return result;
}

LS_DRIVER_WRAP(cuGraphCreate, (CUgraph * out, unsigned int flags), (out, flags),
	       created(real(out, flags), out, pc))
LS_DRIVER_WRAP(cuGraphClone, (CUgraph * out, CUgraph from), (out, from),
	       cloned(real(out, from), out, from, pc))
LS_DRIVER_WRAP(cuGraphDestroy, (CUgraph graph), (graph),
	       destroyed(RELEASED(LS_GPU_GRAPH, graph, real(graph)), graph))

/* ---- captures ---- */

static CUresult captures_into(CUresult result, CUgraph graph)
{
	if (result == LS_CU_SUCCESS)
		ls_graph_capture_into(graph);
	return result;
}

#define CAPTURE_INTO(name)                                                                         \
	LS_DRIVER_WRAP(name,                                                                       \
		       (CUstream stream, CUgraph graph, const CUgraphNode *dependencies,           \
			const CUgraphEdgeData *data, size_t count, CUstreamCaptureMode mode),      \
		       (stream, graph, dependencies, data, count, mode),                           \
		       captures_into(real(stream, graph, dependencies, data, count, mode), graph))
CAPTURE_INTO(cuStreamBeginCaptureToGraph)
CAPTURE_INTO(cuStreamBeginCaptureToGraph_ptsz)

static CUresult captured(CUstream stream, CUstream as_passed, CUgraph *out,
			 ls_fn_cuStreamEndCapture real, uintptr_t pc)
{
	struct ls_capture c;
	ls_graph_capture_ends(&c, stream);
	CUresult result = real(as_passed, out);
	CUgraph graph = ANSWERED(result, out);
	return ls_graph_captured(&c, graph) ? made(result, graph, pc) : result;
}

LS_DRIVER_WRAP(cuStreamEndCapture, (CUstream stream, CUgraph *out), (stream, out),
	       captured(stream, stream, out, real, pc))
LS_DRIVER_WRAP(cuStreamEndCapture_ptsz, (CUstream stream, CUgraph *out), (stream, out),
	       captured(stream ? stream : LS_CU_STREAM_PER_THREAD, stream, out, real, pc))

/* ---- nodes ---- */

static CUresult alloc_added(CUresult result, CUgraph graph, CUgraphNode const *out,
			    const struct ls_cu_alloc_node *p, uintptr_t pc)
{
	if (result == LS_CU_SUCCESS)
		ls_graph_alloc_node(
			graph, ANSWERED(result, out), p->address, p->size,
			p->props.location.type == LS_CU_LOCATION_DEVICE ? p->props.location.id : -1,
			pc);
	return result;
}

static CUresult free_added(CUresult result, CUgraph graph, CUgraphNode const *out, uint64_t address)
{
	if (result == LS_CU_SUCCESS)
		ls_graph_free_node(graph, ANSWERED(result, out), address);
	return result;
}

/* A child that is moved is the parent's: the program has nothing of it to destroy any more. */
static CUresult child_added(CUresult result, CUgraph graph, const struct ls_cu_node_params *p)
{
	struct ls_gpu_release r;
	if (result == LS_CU_SUCCESS && p->u.child.ownership == LS_CU_CHILD_MOVED) {
		ls_graph_moved(p->u.child.graph, graph);
		ls_gpu_release_begin(&r, LS_GPU_GRAPH, ls_handle(p->u.child.graph));
		ls_gpu_release_end(&r, LS_GPU_RELEASED);
	}
	return result;
}

static CUresult added(CUresult result, CUgraph graph, CUgraphNode const *out,
		      const struct ls_cu_node_params *p, uintptr_t pc)
{
	if (result != LS_CU_SUCCESS || !p)
		return result;
	switch (p->type) {
	case LS_CU_NODE_ALLOC: return alloc_added(result, graph, out, &p->u.alloc, pc);
	case LS_CU_NODE_FREE: return free_added(result, graph, out, p->u.free.address);
	case LS_CU_NODE_GRAPH: return child_added(result, graph, p);
	default: return result;
	}
}

static CUresult node_destroyed(CUresult result, CUgraphNode node)
{
	if (result == LS_CU_SUCCESS)
		ls_graph_node_gone(node);
	return result;
}

LS_DRIVER_WRAP(cuGraphAddMemAllocNode,
	       (CUgraphNode * out, CUgraph graph, const CUgraphNode *dependencies, size_t count,
		CUDA_MEM_ALLOC_NODE_PARAMS *params),
	       (out, graph, dependencies, count, params),
	       alloc_added(real(out, graph, dependencies, count, params), graph, out, params, pc))
LS_DRIVER_WRAP(cuGraphAddMemFreeNode,
	       (CUgraphNode * out, CUgraph graph, const CUgraphNode *dependencies, size_t count,
		CUdeviceptr address),
	       (out, graph, dependencies, count, address),
	       free_added(real(out, graph, dependencies, count, address), graph, out, address))
LS_DRIVER_WRAP(cuGraphAddNode,
	       (CUgraphNode * out, CUgraph graph, const CUgraphNode *dependencies, size_t count,
		CUgraphNodeParams *params),
	       (out, graph, dependencies, count, params),
	       added(real(out, graph, dependencies, count, params), graph, out, params, pc))
LS_DRIVER_WRAP(cuGraphAddNode_v2,
	       (CUgraphNode * out, CUgraph graph, const CUgraphNode *dependencies,
		const CUgraphEdgeData *data, size_t count, CUgraphNodeParams *params),
	       (out, graph, dependencies, data, count, params),
	       added(real(out, graph, dependencies, data, count, params), graph, out, params, pc))
LS_DRIVER_WRAP(cuGraphDestroyNode, (CUgraphNode node), (node), node_destroyed(real(node), node))

/* ---- instantiations ---- */

static CUresult instantiated(CUresult result, CUgraphExec const *out, CUgraph graph, uint64_t flags,
			     uintptr_t pc)
{
	CUgraphExec exec = ANSWERED(result, out);
	struct ls_gpu_new n = {.memory = LS_MEM_HANDLE,
			       .type = LS_RES_GRAPH_EXEC,
			       .class = LS_GPU_GRAPH_EXEC,
			       .handle = ls_handle(exec),
			       .parent = ls_handle(graph),
			       .ordinal = -1};
	if (exec)
		ls_graph_instantiated(graph, exec, flags);
	return ls_tell_created(result, &n, pc);
}

#define WITH_LOG(name)                                                                             \
	LS_DRIVER_WRAP(                                                                            \
		name,                                                                              \
		(CUgraphExec * out, CUgraph graph, CUgraphNode * error, char *log, size_t size),   \
		(out, graph, error, log, size),                                                    \
		instantiated(real(out, graph, error, log, size), out, graph, 0, pc))
WITH_LOG(cuGraphInstantiate)
WITH_LOG(cuGraphInstantiate_v2)

LS_DRIVER_WRAP(cuGraphInstantiateWithFlags,
	       (CUgraphExec * out, CUgraph graph, unsigned long long flags), (out, graph, flags),
	       instantiated(real(out, graph, flags), out, graph, flags, pc))

#define WITH_PARAMS(name)                                                                          \
	LS_DRIVER_WRAP(                                                                            \
		name, (CUgraphExec * out, CUgraph graph, CUDA_GRAPH_INSTANTIATE_PARAMS * params),  \
		(out, graph, params), ({                                                           \
			CUresult r_ = real(out, graph, params);                                    \
			instantiated(r_, out, graph,                                               \
				     r_ == LS_CU_SUCCESS && params ? params->flags : 0, pc);       \
		}))
WITH_PARAMS(cuGraphInstantiateWithParams)
WITH_PARAMS(cuGraphInstantiateWithParams_ptsz)

static CUresult exec_destroyed(CUresult result, CUgraphExec exec)
{
	if (result == LS_CU_SUCCESS)
		ls_graph_exec_destroyed(exec);
	return result;
}

static CUresult updated(CUresult result, CUgraphExec exec, CUgraph graph)
{
	if (result == LS_CU_SUCCESS)
		ls_graph_updated(graph, exec);
	return result;
}

LS_DRIVER_WRAP(cuGraphExecUpdate,
	       (CUgraphExec exec, CUgraph graph, CUgraphNode *error,
		CUgraphExecUpdateResult *answer),
	       (exec, graph, error, answer), updated(real(exec, graph, error, answer), exec, graph))
LS_DRIVER_WRAP(cuGraphExecUpdate_v2,
	       (CUgraphExec exec, CUgraph graph, CUgraphExecUpdateResultInfo *info),
	       (exec, graph, info), updated(real(exec, graph, info), exec, graph))
LS_DRIVER_WRAP(cuGraphExecDestroy, (CUgraphExec exec), (exec),
	       exec_destroyed(RELEASED(LS_GPU_GRAPH_EXEC, exec, real(exec)), exec))

/* ---- launches ---- */

static CUresult launched(CUgraphExec exec, CUstream stream, CUstream as_passed,
			 ls_fn_cuGraphLaunch real)
{
	struct ls_launch l;
	ls_graph_launch_begin(&l, exec);
	CUresult result = real(exec, as_passed);
	ls_graph_launch_end(&l, exec, stream, result);
	return result;
}

LS_DRIVER_WRAP(cuGraphLaunch, (CUgraphExec exec, CUstream stream), (exec, stream),
	       launched(exec, stream, stream, real))
LS_DRIVER_WRAP(cuGraphLaunch_ptsz, (CUgraphExec exec, CUstream stream), (exec, stream),
	       launched(exec, stream ? stream : LS_CU_STREAM_PER_THREAD, stream, real))
