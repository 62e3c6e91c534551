/* SPDX-License-Identifier: MIT */
/* Graphs and capture in the simulated driver. */
#include <dlfcn.h>
#include <stdlib.h>

#include "simcuda_test.h"

static const char text[] =
	"// kernels for a test\n.version 8.0\n.target sm_80\n.visible .entry tick()\n{ ret; }\n"
	".visible .entry scale(.param .u64 p, .param .f32 f, .param .u32 n)\n{ ret; }\n";

static uint64_t graph_bytes(CUgraphMem_attribute what)
{
	uint64_t bytes;
	OK(cuDeviceGetGraphMemAttribute(0, what, &bytes));
	return bytes;
}

static CUDA_MEM_ALLOC_NODE_PARAMS asks_for(size_t bytes)
{
	return (CUDA_MEM_ALLOC_NODE_PARAMS){
		.poolProps = {.allocType = CU_MEM_ALLOCATION_TYPE_PINNED,
			      .location = {CU_MEM_LOCATION_TYPE_DEVICE, 0}},
		.bytesize = bytes};
}

static void memory_lives_from_the_launch(void **state)
{
	(void)state;
	CUcontext c = context_on(0);
	CUgraph g, clone;
	CUgraphNode node, node2;
	CUgraphExec e, e2;
	CUdeviceptr p, base;
	size_t before = used(), bytes;
	CUDA_MEM_ALLOC_NODE_PARAMS params = asks_for(MIB);
	OK(cuGraphCreate(&g, 0));
	OK(cuGraphAddMemAllocNode(&node, g, NULL, 0, &params));
	p = params.dptr;
	OK(cuGraphAddMemsetNode(&node2, g, &node, 1, &(CUDA_MEMSET_NODE_PARAMS){p, 0, 5, 4, 256, 1},
				c));
	FAILS(cuGraphClone(&clone, g), NOT_SUPPORTED);
	FAILS(cuGraphDestroyNode(node), NOT_SUPPORTED);
	OK(cuGraphInstantiate(&e, g, 0));
	FAILS(cuGraphInstantiate(&e2, g, 0), NOT_SUPPORTED);
	assert_int_equal(used(), before);
	FAILS(cuMemFree(p), INVALID_VALUE);
	FAILS(cuMemGetAddressRange(&base, &bytes, p), NOT_FOUND);
	OK(cuGraphLaunch(e, NULL));
	assert_int_equal(used() - before, MIB);
	assert_int_equal(graph_bytes(CU_GRAPH_MEM_ATTR_USED_MEM_CURRENT), MIB);
	int out[2];
	OK(cuMemcpyDtoH(out, p + 1016, 8));
	assert_int_equal(out[0], 5);
	FAILS(cuGraphLaunch(e, NULL), INVALID_VALUE); /* it still has the memory */
	OK(cuMemFree(p));                             /* a free outside the graph */
	FAILS(cuMemFree(p), INVALID_VALUE);
	assert_int_equal(graph_bytes(CU_GRAPH_MEM_ATTR_USED_MEM_CURRENT), 0);
	assert_int_equal(used() - before, MIB); /* reserved for graphs */
	OK(cuGraphLaunch(e, NULL));
	OK(cuMemFreeAsync(p, NULL));
	OK(cuCtxSynchronize());
	assert_int_equal(graph_bytes(CU_GRAPH_MEM_ATTR_RESERVED_MEM_CURRENT), MIB);
	OK(cuDeviceGraphMemTrim(0));
	assert_int_equal(used(), before);
	/* It outlives the graph. */
	OK(cuGraphLaunch(e, NULL));
	OK(cuGraphExecDestroy(e));
	FAILS(cuGraphExecDestroy(e), INVALID_VALUE);
	OK(cuGraphDestroy(g));
	FAILS(cuGraphDestroy(g), INVALID_VALUE);
	OK(cuMemGetAddressRange(&base, &bytes, p + 10));
	assert_true(base == p && bytes == MIB);
	OK(cuMemFree(p));
	OK(cuDeviceGraphMemTrim(0));
	assert_int_equal(used(), before);
	OK(cuCtxDestroy(c));
}

static void frees_and_relaunches(void **state)
{
	(void)state;
	CUcontext c = context_on(0);
	CUgraph g;
	CUgraphNode node, end;
	CUgraphExec e;
	size_t before = used();
	CUDA_MEM_ALLOC_NODE_PARAMS params = asks_for(MIB), big = asks_for(100 * MIB);
	OK(cuGraphCreate(&g, 0));
	OK(cuGraphAddMemAllocNode(&node, g, NULL, 0, &params));
	OK(cuGraphAddMemFreeNode(&end, g, &node, 1, params.dptr));
	OK(cuGraphInstantiate(&e, g, 0));
	for (int i = 0; i < 3; i++)
		OK(cuGraphLaunch(e, NULL));
	assert_int_equal(graph_bytes(CU_GRAPH_MEM_ATTR_USED_MEM_CURRENT), 0);
	OK(cuGraphExecDestroy(e));
	OK(cuGraphDestroy(g));
	/* By the flag. */
	OK(cuGraphCreate(&g, 0));
	OK(cuGraphAddMemAllocNode(&node, g, NULL, 0, &params));
	OK(cuGraphInstantiate(&e, g, CUDA_GRAPH_INSTANTIATE_FLAG_AUTO_FREE_ON_LAUNCH));
	OK(cuGraphLaunch(e, NULL));
	OK(cuGraphLaunch(e, NULL));
	assert_int_equal(graph_bytes(CU_GRAPH_MEM_ATTR_USED_MEM_CURRENT), MIB);
	OK(cuMemFree(params.dptr));
	OK(cuGraphExecDestroy(e));
	OK(cuGraphDestroy(g));
	OK(cuGraphCreate(&g, 0));
	FAILS(cuGraphAddMemAllocNode(&node, g, NULL, 0, &big), OUT_OF_MEMORY);
	OK(cuGraphDestroy(g));
	OK(cuDeviceGraphMemTrim(0));
	assert_int_equal(used(), before);
	OK(cuCtxDestroy(c));
}

static void adds(void *number)
{
	*(int *)number = *(int *)number * 10 + 1;
}

static void adds_two(void *number)
{
	*(int *)number = *(int *)number * 10 + 2;
}

static void order_and_children(void **state)
{
	(void)state;
	CUcontext c = context_on(0);
	CUgraph g, child, clone;
	CUgraphNode one, two, inner, empty, found, list[4];
	CUgraphExec e;
	size_t count = 4;
	int number = 0;
	OK(cuGraphCreate(&g, 0));
	OK(cuGraphCreate(&child, 0));
	OK(cuGraphAddHostNode(&inner, child, NULL, 0, &(CUDA_HOST_NODE_PARAMS){adds_two, &number}));
	OK(cuGraphAddHostNode(&one, g, NULL, 0, &(CUDA_HOST_NODE_PARAMS){adds, &number}));
	OK(cuGraphAddChildGraphNode(&two, g, NULL, 0, child));
	OK(cuGraphAddEmptyNode(&empty, g, &two, 1));
	OK(cuGraphAddDependencies(g, &empty, &one, NULL, 1)); /* the child comes first */
	FAILS(cuGraphAddDependencies(g, &one, &one, NULL, 1), INVALID_VALUE);
	OK(cuGraphGetRootNodes(g, list, &count));
	assert_int_equal(count, 1);
	assert_true(list[0] == two);
	OK(cuGraphClone(&clone, g));
	OK(cuGraphNodeFindInClone(&found, one, clone));
	OK(cuGraphHostNodeSetParams(found, &(CUDA_HOST_NODE_PARAMS){adds_two, &number}));
	OK(cuGraphInstantiate(&e, g, 0));
	OK(cuGraphLaunch(e, NULL));
	OK(cuCtxSynchronize());
	assert_int_equal(number, 21);
	CUgraphExecUpdateResultInfo info;
	OK(cuGraphExecUpdate(e, clone, &info));
	number = 0;
	OK(cuGraphLaunch(e, NULL));
	OK(cuCtxSynchronize());
	assert_int_equal(number, 22);
	OK(cuGraphDestroyNode(one));
	FAILS(cuGraphExecUpdate(e, g, &info), GRAPH_EXEC_UPDATE_FAILURE);
	OK(cuGraphExecDestroy(e));
	OK(cuGraphDestroy(clone));
	OK(cuGraphDestroy(child));
	OK(cuGraphDestroy(g));
	OK(cuCtxDestroy(c));
}

static void capture(void **state)
{
	(void)state;
	CUcontext c = context_on(0);
	CUstream s, t;
	CUevent fork, join;
	CUdeviceptr p, scratch;
	CUgraph g, none;
	CUgraphExec e;
	CUmodule m;
	CUfunction f;
	CUstreamCaptureStatus status;
	size_t count = 0;
	float factor = 2, *out, *in;
	unsigned n = 64;
	int number = 0;
	OK(cuStreamCreate(&s, CU_STREAM_NON_BLOCKING));
	OK(cuStreamCreate(&t, CU_STREAM_NON_BLOCKING));
	OK(cuEventCreate(&fork, 0));
	OK(cuEventCreate(&join, 0));
	OK(cuModuleLoadData(&m, text));
	OK(cuModuleGetFunction(&f, m, "scale"));
	OK(cuMemAlloc(&p, 256));
	OK(cuMemAllocHost((void **)&in, 256));
	OK(cuMemAllocHost((void **)&out, 256));
	for (int i = 0; i < 64; i++)
		in[i] = (float)i;
	FAILS(cuStreamBeginCapture(NULL, CU_STREAM_CAPTURE_MODE_GLOBAL),
	      STREAM_CAPTURE_UNSUPPORTED);
	OK(cuStreamBeginCapture(s, CU_STREAM_CAPTURE_MODE_GLOBAL));
	FAILS(cuStreamBeginCapture(s, CU_STREAM_CAPTURE_MODE_GLOBAL), ILLEGAL_STATE);
	FAILS(cuStreamSynchronize(s), STREAM_CAPTURE_UNSUPPORTED);
	OK(cuMemAllocAsync(&scratch, 256, s));
	OK(cuMemcpyHtoDAsync(scratch, in, 256, s));
	OK(cuEventRecord(fork, s));
	OK(cuStreamWaitEvent(t, fork, 0));
	OK(cuStreamIsCapturing(t, &status));
	assert_int_equal(status, CU_STREAM_CAPTURE_STATUS_ACTIVE);
	OK(cuLaunchHostFunc(t, adds, &number));
	OK(cuEventRecord(join, t));
	void *params[] = {&scratch, &factor, &n};
	OK(cuLaunchKernel(f, 2, 1, 1, 32, 1, 1, 0, s, params, NULL));
	factor = 0; /* the arguments were taken */
	OK(cuMemcpyDtoDAsync(p, scratch, 256, s));
	OK(cuStreamWaitEvent(s, join, 0));
	OK(cuMemFreeAsync(scratch, s));
	FAILS(cuStreamEndCapture(t, &none), STREAM_CAPTURE_UNMATCHED);
	OK(cuStreamEndCapture(s, &g));
	FAILS(cuStreamEndCapture(s, &none), ILLEGAL_STATE);
	OK(cuGraphGetNodes(g, NULL, &count));
	assert_int_equal(count, 6);
	assert_int_equal(number, 0);
	OK(cuGraphInstantiate(&e, g, 0));
	OK(cuGraphDestroy(g));
	OK(cuGraphLaunch(e, s));
	OK(cuMemcpyDtoHAsync(out, p, 256, s));
	OK(cuStreamSynchronize(s));
	assert_int_equal(number, 1);
	assert_true(out[3] == 6 && out[40] == 81); /* times two, and one for the second block */
	OK(cuGraphExecDestroy(e));
	/* A stream that goes while it is captured takes the graph along. */
	OK(cuStreamBeginCapture(s, CU_STREAM_CAPTURE_MODE_RELAXED));
	OK(cuMemAllocAsync(&scratch, 256, s));
	OK(cuStreamDestroy(s));
	FAILS(cuMemFree(scratch), INVALID_VALUE);
	OK(cuCtxDestroy(c));
}

/* A kernel without parameters: nothing of it is gone when the graph runs. */
static void captures_a_kernel(void **state)
{
	(void)state;
	CUcontext c = context_on(0);
	CUstream s;
	CUgraph g;
	CUgraphExec e;
	CUmodule m;
	CUfunction f;
	void *twins = dlopen(getenv("SIMCUDA_KERNELS"), RTLD_NOW | RTLD_LOCAL);
	const int *ticks = twins ? dlsym(twins, "ticks") : NULL;
	assert_non_null(ticks);
	OK(cuStreamCreate(&s, CU_STREAM_NON_BLOCKING));
	OK(cuModuleLoadData(&m, text));
	OK(cuModuleGetFunction(&f, m, "tick"));
	OK(cuStreamBeginCapture(s, CU_STREAM_CAPTURE_MODE_RELAXED));
	OK(cuLaunchKernel(f, 1, 1, 1, 1, 1, 1, 0, s, NULL, NULL));
	OK(cuStreamEndCapture(s, &g));
	assert_int_equal(*ticks, 0);
	OK(cuGraphInstantiate(&e, g, 0));
	OK(cuGraphLaunch(e, s));
	OK(cuStreamSynchronize(s));
	assert_int_equal(*ticks, 1);
	OK(cuGraphExecDestroy(e));
	OK(cuGraphDestroy(g));
	OK(cuCtxDestroy(c));
	dlclose(twins);
}

/* Recorded again outside of the capture, an event brings no stream into it. */
static void events_are_recorded_again(void **state)
{
	(void)state;
	CUcontext c = context_on(0);
	CUstream s, t;
	CUevent event;
	CUgraph g;
	CUstreamCaptureStatus status;
	OK(cuStreamCreate(&s, CU_STREAM_NON_BLOCKING));
	OK(cuStreamCreate(&t, CU_STREAM_NON_BLOCKING));
	OK(cuEventCreate(&event, 0));
	OK(cuStreamBeginCapture(s, CU_STREAM_CAPTURE_MODE_RELAXED));
	OK(cuEventRecord(event, s));
	OK(cuCtxRecordEvent(c, event));
	OK(cuStreamWaitEvent(t, event, 0));
	OK(cuStreamIsCapturing(t, &status));
	assert_int_equal(status, CU_STREAM_CAPTURE_STATUS_NONE);
	OK(cuStreamEndCapture(s, &g));
	OK(cuGraphDestroy(g));
	OK(cuCtxDestroy(c));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_lives_from_the_launch),
		cmocka_unit_test(frees_and_relaunches),
		cmocka_unit_test(order_and_children),
		cmocka_unit_test(capture),
		cmocka_unit_test(captures_a_kernel),
		cmocka_unit_test(events_are_recorded_again),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
