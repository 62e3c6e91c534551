/* SPDX-License-Identifier: MIT */
/*
 * Calls of the driver in an order that a seed gives, with what they make kept, released
 * or lost; calls that must fail are among them.
 *
 *     random-calls SEED STEPS
 */
#define CUDA_RAW_NAMES
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cuda_api.h"

#define MOST 64
#define PAGE ((size_t)2 << 20) /* of mapped memory */

/* What can still be released, by what releases it. */
enum kind {
	BY_FREE,
	BY_FREE_HOST,
	BY_FREE_ASYNC,
	REGISTERED,
	ARRAY,
	MIPMAP,
	STREAM,
	EVENT,
	GRAPH,
	EXEC,
	POOL,
	PHYSICAL,
	PRIMARY,
	KINDS
};
static uint64_t kept[KINDS][MOST];
static int count[KINDS];

static struct {
	CUdeviceptr at;
	int mapped;
} places[16];

static char host_pages[MOST][4096];
static CUstream stream;
static unsigned state;

static unsigned random_below(unsigned n)
{
	state = state * 1664525u + 1013904223u;
	return (state >> 8) % n;
}

static void keep(CUresult r, enum kind kind, const void *handle, size_t size)
{
	uint64_t value = 0;
	memcpy(&value, handle, size);
	if (r == CUDA_SUCCESS && count[kind] < MOST)
		kept[kind][count[kind]++] = value; /* else it is lost */
}
#define KEEP(call, kind, handle) keep(call, kind, &(handle), sizeof(handle))

static uint64_t any_of(enum kind kind)
{
	return count[kind] ? kept[kind][random_below((unsigned)count[kind])] : 0;
}

static uint64_t take(enum kind kind)
{
	if (!count[kind])
		return 0;
	unsigned i = random_below((unsigned)count[kind]);
	uint64_t value = kept[kind][i];
	kept[kind][i] = kept[kind][--count[kind]];
	return value;
}
#define TAKE(type, kind) ((type)(uintptr_t)take(kind))

static void memory(void)
{
	CUdeviceptr p = 0;
	void *h = NULL;
	size_t pitch, size = 1 + random_below(5000);
	switch (random_below(12)) {
	case 0:
	case 1: KEEP(cuMemAlloc_v2(&p, size), BY_FREE, p); break;
	case 2:
		KEEP(cuMemAllocPitch_v2(&p, &pitch, size, 1 + random_below(9), 4), BY_FREE, p);
		break;
	case 3: KEEP(cuMemAllocManaged(&p, size, CU_MEM_ATTACH_GLOBAL), BY_FREE, p); break;
	case 4: KEEP(cuMemAllocHost_v2(&h, size), BY_FREE_HOST, h); break;
	case 5: KEEP(cuMemHostAlloc(&h, size, 0), BY_FREE_HOST, h); break;
	case 6:
		h = host_pages[random_below(MOST)];
		KEEP(cuMemHostRegister_v2(h, 4096, 0), REGISTERED, h);
		break;
	case 7: cuMemHostUnregister(TAKE(void *, REGISTERED)); break;
	case 8: cuMemFreeHost(TAKE(void *, BY_FREE_HOST)); break;
	case 9:
		cuMemFree_v2(random_below(2) ? 0 : 12345);
		cuMemFreeHost(NULL);
		break;
	default: cuMemFree_v2(take(BY_FREE)); break;
	}
}

static void stream_ordered(void)
{
	CUdeviceptr p = 0;
	CUmemoryPool pool = NULL;
	size_t size = 1 + random_below(4000);
	CUmemPoolProps props = {.allocType = CU_MEM_ALLOCATION_TYPE_PINNED,
				.location = {.type = CU_MEM_LOCATION_TYPE_DEVICE}};
	switch (random_below(8)) {
	case 0: KEEP(cuMemAllocAsync(&p, size, stream), BY_FREE_ASYNC, p); break;
	case 1: KEEP(cuMemAllocAsync_ptsz(&p, size, NULL), BY_FREE_ASYNC, p); break;
	case 2:
		pool = (CUmemoryPool)(uintptr_t)any_of(POOL);
		KEEP(cuMemAllocFromPoolAsync(&p, size, pool, stream), BY_FREE_ASYNC, p);
		break;
	case 3: KEEP(cuMemPoolCreate(&pool, &props), POOL, pool); break;
	case 4: /* its memory stays */ cuMemPoolDestroy(TAKE(CUmemoryPool, POOL)); break;
	case 5: cuMemFreeAsync(take(BY_FREE_ASYNC), stream); break;
	case 6: cuMemFreeAsync_ptsz(take(BY_FREE_ASYNC), NULL); break;
	default: cuMemFree_v2(take(BY_FREE_ASYNC)); break;
	}
}

static void arrays(void)
{
	CUarray array = NULL;
	CUmipmappedArray mipmap = NULL;
	CUDA_ARRAY_DESCRIPTOR flat = {.Width = 1 + random_below(50),
				      .Height = random_below(9),
				      .Format = CU_AD_FORMAT_FLOAT,
				      .NumChannels = 1u << random_below(3)};
	CUDA_ARRAY3D_DESCRIPTOR solid = {.Width = 8 + random_below(50),
					 .Height = 8 + random_below(9),
					 .Depth = random_below(5),
					 .Format = CU_AD_FORMAT_UNSIGNED_INT8,
					 .NumChannels = 1u << random_below(3)};
	switch (random_below(5)) {
	case 0: KEEP(cuArrayCreate_v2(&array, &flat), ARRAY, array); break;
	case 1: KEEP(cuArray3DCreate_v2(&array, &solid), ARRAY, array); break;
	case 2:
		KEEP(cuMipmappedArrayCreate(&mipmap, &solid, 1 + random_below(3)), MIPMAP, mipmap);
		break;
	case 3: cuArrayDestroy(TAKE(CUarray, ARRAY)); break;
	default: cuMipmappedArrayDestroy(TAKE(CUmipmappedArray, MIPMAP)); break;
	}
}

static void add_memory(CUgraph graph)
{
	CUgraphNode node, end;
	CUDA_MEM_ALLOC_NODE_PARAMS params = {
		.poolProps = {.allocType = CU_MEM_ALLOCATION_TYPE_PINNED,
			      .location = {.type = CU_MEM_LOCATION_TYPE_DEVICE}},
		.bytesize = 1 + random_below(3000)};
	if (cuGraphAddMemAllocNode(&node, graph, NULL, 0, &params) != CUDA_SUCCESS)
		return;
	if (random_below(3) == 0)
		cuGraphAddMemFreeNode(&end, graph, &node, 1, params.dptr);
	else /* a free before the first launch fails */
		KEEP(CUDA_SUCCESS, BY_FREE, params.dptr);
}

static void capture(void)
{
	CUdeviceptr p = 0;
	CUgraph graph = NULL;
	if (cuStreamBeginCapture_v2(stream, CU_STREAM_CAPTURE_MODE_RELAXED) != CUDA_SUCCESS)
		return;
	if (cuMemAllocAsync(&p, 1 + random_below(999), stream) == CUDA_SUCCESS) {
		if (random_below(2))
			cuMemFreeAsync(p, stream);
		else
			KEEP(CUDA_SUCCESS, BY_FREE, p);
	}
	KEEP(cuStreamEndCapture(stream, &graph), GRAPH, graph);
}

static void graphs(void)
{
	CUgraph graph = (CUgraph)(uintptr_t)any_of(GRAPH);
	CUgraphExec exec = (CUgraphExec)(uintptr_t)any_of(EXEC);
	switch (random_below(9)) {
	case 0: KEEP(cuGraphCreate(&graph, 0), GRAPH, graph); break;
	case 1:
	case 2:
		if (graph)
			add_memory(graph);
		break;
	case 3:
		if (graph)
			KEEP(cuGraphInstantiateWithFlags(&exec, graph, random_below(2)), EXEC,
			     exec);
		break;
	case 4:
	case 5:
		if (exec)
			cuGraphLaunch(exec, stream);
		break;
	case 6: cuGraphExecDestroy(TAKE(CUgraphExec, EXEC)); break;
	case 7: capture(); break;
	default: cuGraphDestroy(TAKE(CUgraph, GRAPH)); break;
	}
}

static void mapped(void)
{
	CUmemGenericAllocationHandle handle = any_of(PHYSICAL);
	CUmemAllocationProp prop = {.type = CU_MEM_ALLOCATION_TYPE_PINNED,
				    .location = {.type = CU_MEM_LOCATION_TYPE_DEVICE}};
	unsigned i = random_below(16);
	switch (random_below(7)) {
	case 0: KEEP(cuMemCreate(&handle, PAGE, &prop, 0), PHYSICAL, handle); break;
	case 1: cuMemRelease(take(PHYSICAL)); break;
	case 2:
		if (!places[i].at &&
		    cuMemAddressReserve(&places[i].at, PAGE, 0, 0, 0) != CUDA_SUCCESS)
			places[i].at = 0;
		break;
	case 3:
		if (handle && places[i].at && !places[i].mapped)
			places[i].mapped =
				cuMemMap(places[i].at, PAGE, 0, handle, 0) == CUDA_SUCCESS;
		break;
	case 4:
		if (places[i].mapped && cuMemUnmap(places[i].at, PAGE) == CUDA_SUCCESS)
			places[i].mapped = 0;
		break;
	case 5:
		if (places[i].mapped)
			KEEP(cuMemRetainAllocationHandle(&handle, (void *)(uintptr_t)places[i].at),
			     PHYSICAL, handle);
		break;
	default:
		if (places[i].at && !places[i].mapped &&
		    cuMemAddressFree(places[i].at, PAGE) == CUDA_SUCCESS)
			places[i].at = 0;
		break;
	}
}

static void handles(void)
{
	CUstream s = NULL;
	CUevent event = NULL;
	switch (random_below(4)) {
	case 0: KEEP(cuStreamCreate(&s, 0), STREAM, s); break;
	case 1: cuStreamDestroy_v2(TAKE(CUstream, STREAM)); break;
	case 2: KEEP(cuEventCreate(&event, 0), EVENT, event); break;
	default: cuEventDestroy_v2(TAKE(CUevent, EVENT)); break;
	}
}

/* What is in a context that ends is taken by the driver. */
static void contexts(void)
{
	CUcontext ctx = NULL;
	CUdeviceptr p = 0;
	CUarray array;
	CUDA_ARRAY_DESCRIPTOR flat = {
		.Width = 3, .Height = 3, .Format = CU_AD_FORMAT_FLOAT, .NumChannels = 1};
	switch (random_below(8)) {
	case 0: KEEP(cuDevicePrimaryCtxRetain(&ctx, 0), PRIMARY, ctx); break;
	case 1:
		if (take(PRIMARY))
			cuDevicePrimaryCtxRelease_v2(0);
		break;
	case 2:
		if (cuCtxCreate_v2(&ctx, 0, 0) != CUDA_SUCCESS)
			break;
		cuMemAlloc_v2(&p, 777);
		cuMemAlloc_v2(&p, 778);
		cuMemFree_v2(p);
		cuArrayCreate_v2(&array, &flat);
		if (random_below(2) == 0 || cuCtxDestroy_v2(ctx) != CUDA_SUCCESS)
			cuCtxPopCurrent_v2(&ctx);
		break;
	default: break;
	}
}

int main(int argc, char **argv)
{
	static void (*const parts[])(void) = {memory, stream_ordered, arrays,  graphs,  mapped,
					      memory, graphs,         handles, contexts};
	CUcontext ctx;
	if (argc != 3 || cuInit(0) != CUDA_SUCCESS)
		return 2;
	state = (unsigned)strtoul(argv[1], NULL, 10);
	cuCtxCreate_v2(&ctx, 0, 0);
	cuStreamCreate(&stream, 0);
	for (long steps = strtol(argv[2], NULL, 10); steps > 0; steps--)
		parts[random_below(sizeof(parts) / sizeof(*parts))]();
	/* frees in stream order */
	cuStreamSynchronize(stream);
	cuStreamSynchronize(CU_STREAM_PER_THREAD);
	return 0;
}
