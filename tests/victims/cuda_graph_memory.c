/* SPDX-License-Identifier: MIT */
/*
 * Memory nodes of graphs: live from the launch, with the stack of the node; freed by a node
 * of the same graph, by one of another, or by the program; nodes of cuGraphAddMemAllocNode,
 * of cuGraphAddNode, and of a captured cuMemAllocAsync.
 *
 * cuda: all
 * variants: gcc:-O0
 * expect: leak node kind=device memory=graph top=cuGraphAddMemAllocNode bytes=1000 blocks=1 frames=add:node,leak:leak_node,main
 * expect: leak generic kind=device memory=graph top=cuGraphAdd(MemAlloc)?Node bytes=2000 blocks=1 frames=add_generic:generic,leak:leak_generic,main
 * expect: leak generic_v2 kind=device memory=graph top=cuGraphAdd(MemAlloc)?Node bytes=3000 blocks=1 frames=add_v2:generic_v2,leak:leak_v2,main
 * expect: leak captured kind=device memory=graph top=cuGraphAddMemAllocNode|cuMemAllocAsync bytes=4000 blocks=1 frames=capture:captured,leak:leak_captured,main
 * expect: leak scoped kind=device memory=graph top=cuGraphAddMemAllocNode bytes=30 blocks=1 scope=/work frames=add:node,leak_scoped,main
 * expect: leak to_graph kind=device memory=graph top=cuGraphAddMemAllocNode|cuMemAllocAsync bytes=5000 blocks=1 frames=capture_to:to_graph,main
 * expect: leak auto kind=device memory=graph top=cuGraphAddMemAllocNode bytes=40 blocks=1 frames=add:node,freed_by_launch:leak_auto,main
 * expect: totals.graph live_bytes=15070 live_blocks=7
 */
#include "cuda_way.h"
#include <leakscope/leakscope.h>

static CUstream stream;

static CUDA_MEM_ALLOC_NODE_PARAMS wanted(size_t bytes)
{
	CUDA_MEM_ALLOC_NODE_PARAMS p;
	memset(&p, 0, sizeof(p));
	p.poolProps.allocType = CU_MEM_ALLOCATION_TYPE_PINNED;
	p.poolProps.location.type = CU_MEM_LOCATION_TYPE_DEVICE;
	p.poolProps.location.id = 0;
	p.bytesize = bytes;
	return p;
}

static NOINLINE CUgraphNode add(CUgraph graph, size_t bytes, CUdeviceptr *address)
{
	CUgraphNode node = NULL;
	CUDA_MEM_ALLOC_NODE_PARAMS p = wanted(bytes);
	OK(CU(cuGraphAddMemAllocNode)(&node, graph, NULL, 0, &p)); /* LEAK:node */
	CHECK(p.dptr);
	*address = p.dptr;
	return node;
}

static NOINLINE CUdeviceptr add_generic(CUgraph graph, size_t bytes)
{
	CUgraphNode node = NULL;
	CUgraphNodeParams p;
	memset(&p, 0, sizeof(p));
	p.type = CU_GRAPH_NODE_TYPE_MEM_ALLOC;
	p.alloc.poolProps = wanted(bytes).poolProps;
	p.alloc.bytesize = bytes;
	OK(CU(cuGraphAddNode)(&node, graph, NULL, 0, &p)); /* LEAK:generic */
	return p.alloc.dptr;
}

static NOINLINE CUdeviceptr add_v2(CUgraph graph, size_t bytes)
{
	CUgraphNode node = NULL;
	CUgraphNodeParams p;
	memset(&p, 0, sizeof(p));
	p.type = CU_GRAPH_NODE_TYPE_MEM_ALLOC;
	p.alloc.poolProps = wanted(bytes).poolProps;
	p.alloc.bytesize = bytes;
	OK(CU(cuGraphAddNode_v2)(&node, graph, NULL, NULL, 0, &p)); /* LEAK:generic_v2 */
	return p.alloc.dptr;
}

static NOINLINE CUgraph capture(size_t bytes)
{
	CUgraph graph = NULL;
	CUdeviceptr p = 0;
	OK(CU(cuStreamBeginCapture_v2)(stream, CU_STREAM_CAPTURE_MODE_RELAXED));
	OK(CU(cuMemAllocAsync)(&p, bytes, stream)); /* LEAK:captured */
	CHECK(p);
	OK(CU(cuStreamEndCapture)(stream, &graph));
	return graph;
}

/* Instantiates GRAPH, launches it TIMES times and forgets it. */
static NOINLINE void launch(CUgraph graph, int times)
{
	CUgraphExec exec = NULL;
	OK(CU(cuGraphInstantiateWithFlags)(&exec, graph, 0));
	for (int i = 0; i < times; i++) {
		if (i % 2)
			OK(CU(cuGraphLaunch)(exec, stream));
		else
			OK(CU(cuGraphLaunch_ptsz)(exec, stream));
	}
	OK(CU(cuStreamSynchronize)(stream));
	OK(CU(cuGraphExecDestroy)(exec));
	OK(CU(cuGraphDestroy)(graph));
}

static NOINLINE CUgraph graph(void)
{
	CUgraph made = NULL;
	OK(CU(cuGraphCreate)(&made, 0));
	return made;
}

static NOINLINE void leak(void)
{
	CUdeviceptr p = 0;
	CUgraph mine = graph();
	add(mine, 1000, &p); /* AT:leak_node */
	launch(mine, 1);
	mine = graph();
	add_generic(mine, 2000); /* AT:leak_generic */
	launch(mine, 1);
	mine = graph();
	add_v2(mine, 3000); /* AT:leak_v2 */
	launch(mine, 1);
	launch(capture(4000), 1); /* AT:leak_captured */
}

static NOINLINE void leak_scoped(void)
{
	CUdeviceptr p = 0;
	leakscope_scope_t work = leakscope_scope_open("work");
	CUgraph mine = graph();
	add(mine, 30, &p);
	launch(mine, 1);
	leakscope_scope_close(work);
}

static CUresult release(uint64_t p)
{
	return CU(cuMemFreeAsync)(p, stream);
}

static NOINLINE void never_launched(void)
{
	CUdeviceptr p = 0;
	CUgraph mine = graph();
	add(mine, 50, &p);
	launch(mine, 0);
}

/* Freed by a node of the same graph, as often as it is launched. */
static NOINLINE void freed_inside(void)
{
	CUdeviceptr p = 0;
	CUgraphNode freeing = NULL;
	CUgraph mine = graph();
	CUgraphNode node = add(mine, 60, &p);
	OK(CU(cuGraphAddMemFreeNode)(&freeing, mine, &node, 1, p));
	launch(mine, 3);
	OK(CU(cuStreamBeginCapture_v2)(stream, CU_STREAM_CAPTURE_MODE_RELAXED));
	OK(CU(cuMemAllocAsync)(&p, 61, stream));
	OK(CU(cuMemFreeAsync)(p, stream));
	OK(CU(cuStreamEndCapture)(stream, &mine));
	launch(mine, 2);
}

static NOINLINE void freed_outside(void)
{
	CUdeviceptr p = 0;
	CUgraph mine = graph();
	add(mine, 70, &p);
	launch(mine, 1);
	OK(release(p));
	OK(CU(cuStreamSynchronize)(stream));
	CHECK(release(p) != CUDA_SUCCESS);
	mine = graph();
	add(mine, 71, &p);
	launch(mine, 1);
	OK(CU(cuMemFree_v2)(p));
	mine = graph();
	add(mine, 72, &p);
	launch(mine, 1);
	OK(elsewhere(release, p));
}

/* Freed by a node of another graph. */
static NOINLINE void freed_by_other(void)
{
	CUdeviceptr p = 0;
	CUgraphNode freeing = NULL;
	CUgraph mine = graph(), other = graph();
	add(mine, 80, &p);
	launch(mine, 1);
	OK(CU(cuGraphAddMemFreeNode)(&freeing, other, NULL, 0, p));
	launch(other, 1);
}

/* Captured into a graph that was there before. */
static NOINLINE void capture_to(void)
{
	CUgraph mine = graph(), same = NULL;
	CUdeviceptr p = 0;
	CUstreamCaptureMode mode = CU_STREAM_CAPTURE_MODE_RELAXED;
	OK(CU(cuStreamBeginCaptureToGraph)(stream, mine, NULL, NULL, 0, mode));
	OK(CU(cuMemAllocAsync)(&p, 5000, stream)); /* LEAK:to_graph */
	OK(CU(cuStreamEndCapture)(stream, &same));
	CHECK(same == mine);
	launch(mine, 1);
}

/* Each launch frees what the one before has left. */
static NOINLINE void freed_by_launch(void)
{
	CUdeviceptr p = 0;
	CUgraphExec exec = NULL;
	CUgraph mine = graph();
	add(mine, 40, &p); /* AT:leak_auto */
	OK(CU(cuGraphInstantiateWithFlags)(&exec, mine,
					   CUDA_GRAPH_INSTANTIATE_FLAG_AUTO_FREE_ON_LAUNCH));
	for (int i = 0; i < 4; i++)
		OK(CU(cuGraphLaunch)(exec, stream));
	OK(CU(cuStreamSynchronize)(stream));
	OK(CU(cuGraphDestroy)(mine));
	OK(CU(cuGraphExecDestroy)(exec));
}

int main(void)
{
	OK(CU(cuStreamCreate)(&stream, CU_STREAM_NON_BLOCKING));
	leak();
	leak_scoped();
	never_launched();
	freed_inside();
	freed_outside();
	freed_by_other();
	capture_to();
	freed_by_launch();
	OK(CU(cuDeviceGraphMemTrim)(0));
	OK(CU(cuStreamDestroy_v2)(stream));
	return 0;
}
