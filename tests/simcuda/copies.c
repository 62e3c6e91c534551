/* SPDX-License-Identifier: MIT */
/* Copies and fills of plain memory. */
#include <string.h>

#include "sim.h"

struct plain_copy {
	uint64_t to, from, bytes;
};

static void run_copy(void *data)
{
	const struct plain_copy *c = data;
	memmove((void *)c->to, (const void *)c->from, c->bytes);
}

void sim_fill_run(void *data)
{
	const struct sim_fill *f = data;
	for (uint64_t y = 0; y < f->height; y++) {
		unsigned char *line = (unsigned char *)f->to + y * f->pitch;
		if (f->size == 1) {
			memset(line, (int)f->value, f->width);
			continue;
		}
		for (uint64_t x = 0; x < f->width; x++)
			memcpy(line + x * f->size, &f->value, f->size);
	}
}

CUresult sim_fill_data(struct sim_fill *f, bool later)
{
	uint64_t line, bytes;
	if ((f->size != 1 && f->size != 2 && f->size != 4) || f->to % f->size ||
	    __builtin_mul_overflow(f->width, f->size, &line))
		return CUDA_ERROR_INVALID_VALUE;
	if (f->height < 2)
		f->pitch = line;
	if (f->pitch < line || __builtin_mul_overflow(f->pitch, f->height, &bytes))
		return CUDA_ERROR_INVALID_VALUE;
	if (!bytes || !line)
		return CUDA_SUCCESS;
	bytes -= f->pitch - line;
	return sim_block_at(f->to) && sim_usable(f->to, bytes, later) ? CUDA_SUCCESS
								      : CUDA_ERROR_INVALID_VALUE;
}

/* ---- copies ---- */
enum side { HOST_OR_DEVICE, MUST_BE_DEVICE };

static bool usable(uint64_t p, uint64_t bytes, enum side side, bool later)
{
	if (!bytes)
		return true;
	if (side == MUST_BE_DEVICE && !sim_block_at(p) && !sim_registered(p))
		return false;
	return p && sim_usable(p, bytes, later);
}

static bool pageable(uint64_t p)
{
	return !sim_block_at(p) && !sim_registered(p);
}

/* What a node that is made of it says of itself. */
static CUDA_MEMCPY3D described(const struct plain_copy *c)
{
	return (CUDA_MEMCPY3D){.srcMemoryType = CU_MEMORYTYPE_UNIFIED,
			       .srcDevice = c->from,
			       .dstMemoryType = CU_MEMORYTYPE_UNIFIED,
			       .dstDevice = c->to,
			       .WidthInBytes = c->bytes,
			       .Height = 1,
			       .Depth = 1};
}

static CUresult copy(uint64_t to, enum side to_side, uint64_t from, enum side from_side,
		     uint64_t bytes, CUstream stream, bool wait)
{
	SIM_LOCKED;
	struct sim_where where;
	CUresult r = sim_where(stream, &where);
	if (r)
		return r;
	bool later = sim_capturing(&where);
	if (!usable(to, bytes, to_side, later) || !usable(from, bytes, from_side, later))
		return sim_unknown();
	struct plain_copy c = {to, from, bytes};
	/* Memory that is not pinned may change right after the call. */
	if (sim.async && (pageable(to) || pageable(from)) && !later)
		wait = true;
	if (wait) {
		if (bytes)
			sim_run_now(run_copy, &c);
		return CUDA_SUCCESS;
	}
	if (!sim_capturing(&where))
		return sim_submit(&where, run_copy, &c, sizeof c, false);
	struct sim_node_params params = {
		.run = run_copy, .data = sim_copy(&c, sizeof c), .bytes = sizeof c};
	params.given.memcpy.copyParams = described(&c);
	return sim_capture_add(&where, CU_GRAPH_NODE_TYPE_MEMCPY, &params);
}

CUresult cuMemcpy(CUdeviceptr to, CUdeviceptr from, size_t bytes)
{
	SIM_CALL(cuMemcpy);
	return copy(to, HOST_OR_DEVICE, from, HOST_OR_DEVICE, bytes, NULL, true);
}

CUresult cuMemcpyAsync(CUdeviceptr to, CUdeviceptr from, size_t bytes, CUstream stream)
{
	SIM_CALL(cuMemcpyAsync);
	return copy(to, HOST_OR_DEVICE, from, HOST_OR_DEVICE, bytes, stream, false);
}

CUresult cuMemcpyHtoD_v2(CUdeviceptr to, const void *from, size_t bytes)
{
	SIM_CALL(cuMemcpyHtoD);
	return copy(to, MUST_BE_DEVICE, (uintptr_t)from, HOST_OR_DEVICE, bytes, NULL, true);
}

CUresult cuMemcpyHtoD(CUdeviceptr_v1 to, const void *from, unsigned bytes)
{
	return cuMemcpyHtoD_v2(to, from, bytes);
}

CUresult cuMemcpyHtoDAsync_v2(CUdeviceptr to, const void *from, size_t bytes, CUstream stream)
{
	SIM_CALL(cuMemcpyHtoDAsync);
	return copy(to, MUST_BE_DEVICE, (uintptr_t)from, HOST_OR_DEVICE, bytes, stream, false);
}

CUresult cuMemcpyHtoDAsync(CUdeviceptr_v1 to, const void *from, unsigned bytes, CUstream stream)
{
	return cuMemcpyHtoDAsync_v2(to, from, bytes, stream);
}

CUresult cuMemcpyDtoH_v2(void *to, CUdeviceptr from, size_t bytes)
{
	SIM_CALL(cuMemcpyDtoH);
	return copy((uintptr_t)to, HOST_OR_DEVICE, from, MUST_BE_DEVICE, bytes, NULL, true);
}

CUresult cuMemcpyDtoH(void *to, CUdeviceptr_v1 from, unsigned bytes)
{
	return cuMemcpyDtoH_v2(to, from, bytes);
}

CUresult cuMemcpyDtoHAsync_v2(void *to, CUdeviceptr from, size_t bytes, CUstream stream)
{
	SIM_CALL(cuMemcpyDtoHAsync);
	return copy((uintptr_t)to, HOST_OR_DEVICE, from, MUST_BE_DEVICE, bytes, stream, false);
}

CUresult cuMemcpyDtoHAsync(void *to, CUdeviceptr_v1 from, unsigned bytes, CUstream stream)
{
	return cuMemcpyDtoHAsync_v2(to, from, bytes, stream);
}

CUresult cuMemcpyDtoD_v2(CUdeviceptr to, CUdeviceptr from, size_t bytes)
{
	SIM_CALL(cuMemcpyDtoD);
	return copy(to, MUST_BE_DEVICE, from, MUST_BE_DEVICE, bytes, NULL, true);
}

CUresult cuMemcpyDtoD(CUdeviceptr_v1 to, CUdeviceptr_v1 from, unsigned bytes)
{
	return cuMemcpyDtoD_v2(to, from, bytes);
}

CUresult cuMemcpyDtoDAsync_v2(CUdeviceptr to, CUdeviceptr from, size_t bytes, CUstream stream)
{
	SIM_CALL(cuMemcpyDtoDAsync);
	return copy(to, MUST_BE_DEVICE, from, MUST_BE_DEVICE, bytes, stream, false);
}

CUresult cuMemcpyDtoDAsync(CUdeviceptr_v1 to, CUdeviceptr_v1 from, unsigned bytes, CUstream stream)
{
	return cuMemcpyDtoDAsync_v2(to, from, bytes, stream);
}

static CUresult both_contexts(CUcontext a, CUcontext b)
{
	SIM_LOCKED;
	CUresult r;
	return sim_context(a, &r) && sim_context(b, &r) ? CUDA_SUCCESS : r;
}

CUresult cuMemcpyPeer(CUdeviceptr to, CUcontext to_context, CUdeviceptr from,
		      CUcontext from_context, size_t bytes)
{
	SIM_CALL(cuMemcpyPeer);
	CUresult r = both_contexts(to_context, from_context);
	return r ? r : copy(to, MUST_BE_DEVICE, from, MUST_BE_DEVICE, bytes, NULL, true);
}

CUresult cuMemcpyPeerAsync(CUdeviceptr to, CUcontext to_context, CUdeviceptr from,
			   CUcontext from_context, size_t bytes, CUstream stream)
{
	SIM_CALL(cuMemcpyPeerAsync);
	CUresult r = both_contexts(to_context, from_context);
	return r ? r : copy(to, MUST_BE_DEVICE, from, MUST_BE_DEVICE, bytes, stream, false);
}

/* ---- fills ---- */
static CUresult fill(uint64_t to, uint64_t pitch, unsigned value, unsigned size, uint64_t width,
		     uint64_t height, CUstream stream, bool wait)
{
	SIM_LOCKED;
	struct sim_where where;
	CUresult r = sim_where(stream, &where);
	if (r)
		return r;
	struct sim_fill f = {to, pitch, width, height, value, size};
	r = sim_fill_data(&f, sim_capturing(&where));
	if (r)
		return r;
	if (wait) {
		sim_run_now(sim_fill_run, &f);
		return CUDA_SUCCESS;
	}
	if (!sim_capturing(&where))
		return sim_submit(&where, sim_fill_run, &f, sizeof f, false);
	struct sim_node_params params = {
		.run = sim_fill_run, .data = sim_copy(&f, sizeof f), .bytes = sizeof f};
	params.given.memset = (CUDA_MEMSET_NODE_PARAMS_v2){.dst = to,
							   .pitch = f.pitch,
							   .value = value,
							   .elementSize = size,
							   .width = width,
							   .height = height};
	return sim_capture_add(&where, CU_GRAPH_NODE_TYPE_MEMSET, &params);
}

#define FILLS(bits, type)                                                                          \
	CUresult cuMemsetD##bits##_v2(CUdeviceptr to, type value, size_t count)                    \
	{                                                                                          \
		SIM_CALL(cuMemsetD##bits);                                                         \
		return fill(to, 0, value, bits / 8, count, 1, NULL, true);                         \
	}                                                                                          \
	CUresult cuMemsetD##bits(CUdeviceptr_v1 to, type value, unsigned count)                    \
	{                                                                                          \
		SIM_CALL(cuMemsetD##bits);                                                         \
		return fill(to, 0, value, bits / 8, count, 1, NULL, true);                         \
	}                                                                                          \
	CUresult cuMemsetD##bits##Async(CUdeviceptr to, type value, size_t count, CUstream stream) \
	{                                                                                          \
		SIM_CALL(cuMemsetD##bits##Async);                                                  \
		return fill(to, 0, value, bits / 8, count, 1, stream, false);                      \
	}                                                                                          \
	CUresult cuMemsetD2D##bits##_v2(CUdeviceptr to, size_t pitch, type value, size_t width,    \
					size_t height)                                             \
	{                                                                                          \
		SIM_CALL(cuMemsetD2D##bits);                                                       \
		return fill(to, pitch, value, bits / 8, width, height, NULL, true);                \
	}                                                                                          \
	CUresult cuMemsetD2D##bits##Async(CUdeviceptr to, size_t pitch, type value, size_t width,  \
					  size_t height, CUstream stream)                          \
	{                                                                                          \
		SIM_CALL(cuMemsetD2D##bits##Async);                                                \
		return fill(to, pitch, value, bits / 8, width, height, stream, false);             \
	}
FILLS(8, unsigned char)
FILLS(16, unsigned short)
FILLS(32, unsigned)
