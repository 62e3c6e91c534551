/* SPDX-License-Identifier: MIT */
/*
 * A graph whose launches free what the one before has left: the first finds nothing to
 * free, which is no free of memory that nobody knows.
 *
 * cuda: linked, procaddress
 * variants: gcc:-O0
 * expect: leak auto kind=device memory=graph top=cuGraphAddMemAllocNode bytes=40 blocks=1 frames=main:node
 * expect: totals.graph live_bytes=40 live_blocks=1 allocations=3
 * expect: overhead unknown_frees=0
 */
#include "cuda_way.h"

int main(void)
{
	CUgraph graph = NULL;
	CUgraphNode node = NULL;
	CUgraphExec exec = NULL;
	CUDA_MEM_ALLOC_NODE_PARAMS p;
	memset(&p, 0, sizeof(p));
	p.poolProps.allocType = CU_MEM_ALLOCATION_TYPE_PINNED;
	p.poolProps.location.type = CU_MEM_LOCATION_TYPE_DEVICE;
	p.bytesize = 40;
	OK(CU(cuGraphCreate)(&graph, 0));
	OK(CU(cuGraphAddMemAllocNode)(&node, graph, NULL, 0, &p)); /* LEAK:node */
	OK(CU(cuGraphInstantiateWithFlags)(&exec, graph,
					   CUDA_GRAPH_INSTANTIATE_FLAG_AUTO_FREE_ON_LAUNCH));
	for (int i = 0; i < 3; i++)
		OK(CU(cuGraphLaunch)(exec, NULL));
	OK(CU(cuCtxSynchronize)());
	OK(CU(cuGraphExecDestroy)(exec));
	OK(CU(cuGraphDestroy)(graph));
	return 0;
}
