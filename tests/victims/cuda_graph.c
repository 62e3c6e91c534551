/* SPDX-License-Identifier: MIT */
/*
 * Graphs and what is instantiated of them: created, cloned, captured.
 *
 * cuda: all
 * variants: gcc:-O0
 * expect: leak graph kind=device memory=handle top=cuGraphCreate bytes=0 blocks=1 frames=graph:created,leak:leak_graph,main
 * expect: leak clone kind=device memory=handle top=cuGraph(Create|Clone) bytes=0 blocks=1 frames=leak:clone,main
 * expect: leak captured kind=device memory=handle top=cuGraphCreate|cuStreamEndCapture bytes=0 blocks=1 frames=leak:captured,main
 * expect: leak captured_ptsz kind=device memory=handle top=cuGraphCreate|cuStreamEndCapture bytes=0 blocks=1 frames=leak:captured_ptsz,main
 * expect: leak exec_v2 kind=device memory=handle top=cuGraphInstantiate bytes=0 blocks=1 frames=leak:exec_v2,main
 * expect: leak exec_flags kind=device memory=handle top=cuGraphInstantiate(WithFlags)? bytes=0 blocks=1 frames=exec:exec_flags,leak:leak_exec,main
 * expect: leak exec_params kind=device memory=handle top=cuGraphInstantiate(WithParams)? bytes=0 blocks=1 frames=leak:exec_params,main
 * expect: leak exec_ptsz kind=device memory=handle top=cuGraphInstantiate(WithParams)? bytes=0 blocks=1 frames=leak:exec_ptsz,main
 * expect: leak scoped kind=device memory=handle top=cuGraphCreate bytes=0 blocks=1 scope=/work frames=graph:created,leak_scoped,main
 */
#include "cuda_way.h"
#include <leakscope/leakscope.h>

static NOINLINE CUgraph graph(void)
{
	CUgraph made = NULL;
	OK(CU(cuGraphCreate)(&made, 0)); /* LEAK:created */
	CHECK(made);
	return made;
}

static NOINLINE CUgraphExec exec(CUgraph of)
{
	CUgraphExec made = NULL;
	OK(CU(cuGraphInstantiateWithFlags)(&made, of, 0)); /* LEAK:exec_flags */
	CHECK(made);
	return made;
}

static NOINLINE void leak(void)
{
	CUgraph of = graph(), made = NULL; /* AT:leak_graph */
	CUstream stream = NULL;
	CUgraphExec launched = NULL;
	CUDA_GRAPH_INSTANTIATE_PARAMS params;

	OK(CU(cuGraphClone)(&made, of)); /* LEAK:clone */
	OK(CU(cuStreamCreate)(&stream, CU_STREAM_NON_BLOCKING));
	OK(CU(cuStreamBeginCapture_v2)(stream, CU_STREAM_CAPTURE_MODE_RELAXED));
	OK(CU(cuStreamEndCapture)(stream, &made)); /* LEAK:captured */
	CHECK(made);
	OK(CU(cuStreamBeginCapture_v2_ptsz)(stream, CU_STREAM_CAPTURE_MODE_RELAXED));
	OK(CU(cuStreamEndCapture_ptsz)(stream, &made)); /* LEAK:captured_ptsz */
	OK(CU(cuStreamDestroy_v2)(stream));
	OK(CU(cuGraphInstantiate_v2)(&launched, of, NULL, NULL, 0)); /* LEAK:exec_v2 */
	exec(of);                                                    /* AT:leak_exec */
	memset(&params, 0, sizeof(params));
	OK(CU(cuGraphInstantiateWithParams)(&launched, of, &params)); /* LEAK:exec_params */
	memset(&params, 0, sizeof(params));
	OK(CU(cuGraphInstantiateWithParams_ptsz)(&launched, of, &params)); /* LEAK:exec_ptsz */
}

static NOINLINE void leak_scoped(void)
{
	leakscope_scope_t work = leakscope_scope_open("work");
	graph();
	leakscope_scope_close(work);
}

static CUresult release(uint64_t made)
{
	return CU(cuGraphDestroy)((CUgraph)(uintptr_t)made);
}

static CUresult release_exec(uint64_t made)
{
	return CU(cuGraphExecDestroy)((CUgraphExec)(uintptr_t)made);
}

static NOINLINE void clean(void)
{
	CUgraph of = graph();
	CUgraphExec made = exec(of);
	OK(release((uintptr_t)of)); /* what was instantiated of it lives on */
	OK(CU(cuGraphLaunch)(made, NULL));
	OK(release_exec((uintptr_t)made));
}

static NOINLINE void twice(void)
{
	CUgraph of = graph();
	CUgraphExec made = exec(of);
	OK(release_exec((uintptr_t)made));
	CHECK(release_exec((uintptr_t)made) != CUDA_SUCCESS);
	OK(release((uintptr_t)of));
	CHECK(release((uintptr_t)of) != CUDA_SUCCESS);
}

static NOINLINE void by_another(void)
{
	CUgraph of = graph();
	OK(elsewhere(release_exec, (uintptr_t)exec(of)));
	OK(elsewhere(release, (uintptr_t)of));
}

int main(void)
{
	leak();
	leak_scoped();
	clean();
	twice();
	by_another();
	return 0;
}
