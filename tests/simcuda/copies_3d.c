/* SPDX-License-Identifier: MIT */
/* Copies of rectangles and boxes, and to and from arrays. */
#include <string.h>

#include "sim.h"

void sim_copy3d_run(void *data)
{
	const struct sim_copy3d *c = data;
	for (uint64_t z = 0; z < c->depth; z++) {
		for (uint64_t y = 0; y < c->height; y++)
			memmove((void *)(c->to + z * c->to_slice + y * c->to_pitch),
				(const void *)(c->from + z * c->from_slice + y * c->from_pitch),
				c->width);
	}
}

struct end {
	CUmemorytype type;
	const void *host;
	CUdeviceptr device;
	CUarray array;
	uint64_t x, y, z, pitch, height;
};

static CUresult resolve(const struct end *e, const CUDA_MEMCPY3D *c, uint64_t *address,
			uint64_t *pitch, uint64_t *slice, bool later)
{
	uint64_t height = e->height ? e->height : c->Height;
	*pitch = e->pitch ? e->pitch : c->WidthInBytes;
	switch (e->type) {
	case CU_MEMORYTYPE_HOST: *address = (uintptr_t)e->host; break;
	case CU_MEMORYTYPE_DEVICE:
	case CU_MEMORYTYPE_UNIFIED: *address = e->device; break;
	case CU_MEMORYTYPE_ARRAY: {
		const struct sim_object *a = sim_peek(e->array);
		if (!a || (a->kind != SIM_ARRAY))
			return sim_unknown();
		*address = sim_array_address(a, pitch);
		height = a->array.desc.Height ? a->array.desc.Height : 1;
		break;
	}
	default: return CUDA_ERROR_INVALID_VALUE;
	}
	if (*pitch < c->WidthInBytes + (e->type == CU_MEMORYTYPE_ARRAY ? e->x : 0) && c->Height > 1)
		return CUDA_ERROR_INVALID_VALUE;
	*slice = *pitch * height;
	*address += e->z * *slice + e->y * *pitch + e->x;
	uint64_t bytes = (c->Depth - 1) * *slice + (c->Height - 1) * *pitch + c->WidthInBytes;
	return sim_usable(*address, bytes, later) ? CUDA_SUCCESS : sim_unknown();
}

CUresult sim_copy3d_data(struct sim_copy3d *data, const CUDA_MEMCPY3D *c, bool later)
{
	memset(data, 0, sizeof *data);
	if (!c->WidthInBytes || !c->Height || !c->Depth)
		return CUDA_SUCCESS;
	const struct end from = {c->srcMemoryType, c->srcHost,     c->srcDevice,
				 c->srcArray,      c->srcXInBytes, c->srcY,
				 c->srcZ,          c->srcPitch,    c->srcHeight},
			 to = {c->dstMemoryType, c->dstHost,     c->dstDevice,
			       c->dstArray,      c->dstXInBytes, c->dstY,
			       c->dstZ,          c->dstPitch,    c->dstHeight};
	CUresult r = resolve(&from, c, &data->from, &data->from_pitch, &data->from_slice, later);
	if (!r)
		r = resolve(&to, c, &data->to, &data->to_pitch, &data->to_slice, later);
	data->width = c->WidthInBytes;
	data->height = c->Height;
	data->depth = c->Depth;
	return r;
}

static CUresult copy(const CUDA_MEMCPY3D *c, CUstream stream, bool wait)
{
	SIM_LOCKED;
	struct sim_where where;
	CUresult r = sim_where(stream, &where);
	struct sim_copy3d data;
	if (!r)
		r = sim_copy3d_data(&data, c, sim_capturing(&where));
	if (r)
		return r;
	if (wait) {
		sim_run_now(sim_copy3d_run, &data);
		return CUDA_SUCCESS;
	}
	if (!sim_capturing(&where))
		return sim_submit(&where, sim_copy3d_run, &data, sizeof data, false);
	struct sim_node_params params = {
		.run = sim_copy3d_run, .data = sim_copy(&data, sizeof data), .bytes = sizeof data};
	params.given.memcpy.copyParams = *c;
	return sim_capture_add(&where, CU_GRAPH_NODE_TYPE_MEMCPY, &params);
}

static CUresult copy2d(const CUDA_MEMCPY2D *c, CUstream stream, bool wait)
{
	if (!c)
		return CUDA_ERROR_INVALID_VALUE;
	CUDA_MEMCPY3D d = {.srcXInBytes = c->srcXInBytes,
			   .srcY = c->srcY,
			   .srcMemoryType = c->srcMemoryType,
			   .srcHost = c->srcHost,
			   .srcDevice = c->srcDevice,
			   .srcArray = c->srcArray,
			   .srcPitch = c->srcPitch,
			   .dstXInBytes = c->dstXInBytes,
			   .dstY = c->dstY,
			   .dstMemoryType = c->dstMemoryType,
			   .dstHost = c->dstHost,
			   .dstDevice = c->dstDevice,
			   .dstArray = c->dstArray,
			   .dstPitch = c->dstPitch,
			   .WidthInBytes = c->WidthInBytes,
			   .Height = c->Height,
			   .Depth = 1};
	return copy(&d, stream, wait);
}

CUresult cuMemcpy2D_v2(const CUDA_MEMCPY2D *c)
{
	SIM_CALL(cuMemcpy2D);
	return copy2d(c, NULL, true);
}

CUresult cuMemcpy2DUnaligned_v2(const CUDA_MEMCPY2D *c)
{
	SIM_CALL(cuMemcpy2DUnaligned);
	return copy2d(c, NULL, true);
}

CUresult cuMemcpy2DAsync_v2(const CUDA_MEMCPY2D *c, CUstream stream)
{
	SIM_CALL(cuMemcpy2DAsync);
	return copy2d(c, stream, false);
}

CUresult cuMemcpy3D_v2(const CUDA_MEMCPY3D *c)
{
	SIM_CALL(cuMemcpy3D);
	return c ? copy(c, NULL, true) : CUDA_ERROR_INVALID_VALUE;
}

CUresult cuMemcpy3DAsync_v2(const CUDA_MEMCPY3D *c, CUstream stream)
{
	SIM_CALL(cuMemcpy3DAsync);
	return c ? copy(c, stream, false) : CUDA_ERROR_INVALID_VALUE;
}

/* The same layout, with contexts where the other has nothing. */
_Static_assert(sizeof(CUDA_MEMCPY3D) == sizeof(CUDA_MEMCPY3D_PEER), "as in <cuda.h>");

static CUresult copy_peer(const CUDA_MEMCPY3D_PEER *peer, CUstream stream, bool wait)
{
	CUDA_MEMCPY3D c;
	if (!peer)
		return CUDA_ERROR_INVALID_VALUE;
	memcpy(&c, peer, sizeof c);
	return copy(&c, stream, wait);
}

CUresult cuMemcpy3DPeer(const CUDA_MEMCPY3D_PEER *c)
{
	SIM_CALL(cuMemcpy3DPeer);
	return copy_peer(c, NULL, true);
}

CUresult cuMemcpy3DPeerAsync(const CUDA_MEMCPY3D_PEER *c, CUstream stream)
{
	SIM_CALL(cuMemcpy3DPeerAsync);
	return copy_peer(c, stream, false);
}

/* ---- bytes of an array, counted along its lines ---- */
static struct end array_end(CUarray array, size_t offset)
{
	return (struct end){.type = CU_MEMORYTYPE_ARRAY, .array = array, .x = offset};
}

static struct end plain_end(uint64_t address)
{
	return (struct end){.type = CU_MEMORYTYPE_UNIFIED, .device = address};
}

static CUresult copy_bytes(struct end to, struct end from, size_t bytes, CUstream stream, bool wait)
{
	CUDA_MEMCPY3D c = {.srcXInBytes = from.x,
			   .srcMemoryType = from.type,
			   .srcDevice = from.device,
			   .srcArray = from.array,
			   .dstXInBytes = to.x,
			   .dstMemoryType = to.type,
			   .dstDevice = to.device,
			   .dstArray = to.array,
			   .WidthInBytes = bytes,
			   .Height = 1,
			   .Depth = 1};
	return copy(&c, stream, wait);
}

CUresult cuMemcpyAtoA_v2(CUarray to, size_t to_offset, CUarray from, size_t from_offset,
			 size_t bytes)
{
	SIM_CALL(cuMemcpyAtoA);
	return copy_bytes(array_end(to, to_offset), array_end(from, from_offset), bytes, NULL,
			  true);
}

CUresult cuMemcpyAtoD_v2(CUdeviceptr to, CUarray from, size_t offset, size_t bytes)
{
	SIM_CALL(cuMemcpyAtoD);
	return copy_bytes(plain_end(to), array_end(from, offset), bytes, NULL, true);
}

CUresult cuMemcpyDtoA_v2(CUarray to, size_t offset, CUdeviceptr from, size_t bytes)
{
	SIM_CALL(cuMemcpyDtoA);
	return copy_bytes(array_end(to, offset), plain_end(from), bytes, NULL, true);
}

CUresult cuMemcpyAtoH_v2(void *to, CUarray from, size_t offset, size_t bytes)
{
	SIM_CALL(cuMemcpyAtoH);
	return copy_bytes(plain_end((uintptr_t)to), array_end(from, offset), bytes, NULL, true);
}

CUresult cuMemcpyAtoHAsync_v2(void *to, CUarray from, size_t offset, size_t bytes, CUstream stream)
{
	SIM_CALL(cuMemcpyAtoHAsync);
	return copy_bytes(plain_end((uintptr_t)to), array_end(from, offset), bytes, stream, false);
}

CUresult cuMemcpyHtoA_v2(CUarray to, size_t offset, const void *from, size_t bytes)
{
	SIM_CALL(cuMemcpyHtoA);
	return copy_bytes(array_end(to, offset), plain_end((uintptr_t)from), bytes, NULL, true);
}

CUresult cuMemcpyHtoAAsync_v2(CUarray to, size_t offset, const void *from, size_t bytes,
			      CUstream stream)
{
	SIM_CALL(cuMemcpyHtoAAsync);
	return copy_bytes(array_end(to, offset), plain_end((uintptr_t)from), bytes, stream, false);
}
