/* SPDX-License-Identifier: MIT */
/* Arrays and mipmapped arrays; a level of one is an array that is its own. */
#include "sim.h"

static unsigned format_bytes(CUarray_format format)
{
	switch ((int)format) {
	case CU_AD_FORMAT_UNSIGNED_INT8:
	case CU_AD_FORMAT_SIGNED_INT8: return 1;
	case CU_AD_FORMAT_UNSIGNED_INT16:
	case CU_AD_FORMAT_SIGNED_INT16:
	case CU_AD_FORMAT_HALF: return 2;
	case CU_AD_FORMAT_UNSIGNED_INT32:
	case CU_AD_FORMAT_SIGNED_INT32:
	case CU_AD_FORMAT_FLOAT: return 4;
	default: return 0;
	}
}

static uint64_t at_least_one(uint64_t n)
{
	return n ? n : 1;
}

static uint64_t line_bytes(const CUDA_ARRAY3D_DESCRIPTOR *d)
{
	return d->Width * d->NumChannels * format_bytes(d->Format);
}

static uint64_t array_bytes(const CUDA_ARRAY3D_DESCRIPTOR *d)
{
	return line_bytes(d) * at_least_one(d->Height) * at_least_one(d->Depth);
}

static bool valid(const CUDA_ARRAY3D_DESCRIPTOR *d)
{
	return d->Width && d->Width <= 131072 && d->Height <= 131072 && d->Depth <= 16384 &&
	       format_bytes(d->Format) &&
	       (d->NumChannels == 1 || d->NumChannels == 2 || d->NumChannels == 4);
}

uint64_t sim_array_address(const struct sim_object *array, uint64_t *pitch)
{
	const struct sim_block *b = sim_block(array->array.block);
	*pitch = line_bytes(&array->array.desc);
	return sim_block_address(b);
}

void sim_array_delete(struct sim_object *array, const char *how)
{
	if (array->kind == SIM_MIPMAP) {
		for (unsigned i = 0; i < array->array.count; i++) {
			struct sim_object *level = sim_at(array->array.levels[i]);
			sim_memory_delete(sim_block(level->array.block), how);
			sim_delete(level, NULL);
		}
		sim_drop(array->array.levels);
	} else {
		sim_memory_delete(sim_block(array->array.block), how);
	}
	sim_delete(array, how);
}

static struct sim_object *array_new(const CUDA_ARRAY3D_DESCRIPTOR *d, struct sim_object *context,
				    uint32_t parent, CUresult *r)
{
	uint32_t ctx = sim_slot(context);
	struct sim_block *b;
	*r = sim_memory_new(SIM_ARRAY, context->device, context, array_bytes(d), 0, 0, &b);
	if (*r)
		return NULL;
	struct sim_object *o = sim_new(SIM_ARRAY, sim_at(ctx));
	if (!o) {
		sim_memory_delete(b, "call");
		*r = CUDA_ERROR_OUT_OF_MEMORY;
		return NULL;
	}
	o->array.desc = *d;
	o->array.block = sim_block_index(b);
	o->array.parent = parent;
	o->bytes = b->bytes;
	if (!parent)
		sim_count_new(o);
	return o;
}

static CUresult create(CUarray *array, const CUDA_ARRAY3D_DESCRIPTOR *d)
{
	if (!array || !valid(d))
		return CUDA_ERROR_INVALID_VALUE;
	SIM_LOCKED;
	CUresult r;
	struct sim_object *context = sim_current(&r);
	if (!context)
		return r;
	struct sim_object *o = array_new(d, context, 0, &r);
	if (o)
		*array = (CUarray)(void *)o;
	return r;
}

CUresult cuArrayCreate(CUarray *array, const CUDA_ARRAY_DESCRIPTOR_v1 *d)
{
	SIM_CALL_SLOW(cuArrayCreate);
	if (!d)
		return CUDA_ERROR_INVALID_VALUE;
	return create(array, &(CUDA_ARRAY3D_DESCRIPTOR){.Width = d->Width,
							.Height = d->Height,
							.Format = d->Format,
							.NumChannels = d->NumChannels});
}

CUresult cuArrayCreate_v2(CUarray *array, const CUDA_ARRAY_DESCRIPTOR *d)
{
	SIM_CALL_SLOW(cuArrayCreate);
	if (!d)
		return CUDA_ERROR_INVALID_VALUE;
	return create(array, &(CUDA_ARRAY3D_DESCRIPTOR){.Width = d->Width,
							.Height = d->Height,
							.Format = d->Format,
							.NumChannels = d->NumChannels});
}

CUresult cuArray3DCreate(CUarray *array, const CUDA_ARRAY3D_DESCRIPTOR_v1 *d)
{
	SIM_CALL_SLOW(cuArray3DCreate);
	if (!d)
		return CUDA_ERROR_INVALID_VALUE;
	return create(array, &(CUDA_ARRAY3D_DESCRIPTOR){d->Width, d->Height, d->Depth, d->Format,
							d->NumChannels, d->Flags});
}

CUresult cuArray3DCreate_v2(CUarray *array, const CUDA_ARRAY3D_DESCRIPTOR *d)
{
	SIM_CALL_SLOW(cuArray3DCreate);
	return d ? create(array, d) : CUDA_ERROR_INVALID_VALUE;
}

CUresult cuArrayDestroy(CUarray array)
{
	SIM_CALL_SLOW(cuArrayDestroy);
	SIM_LOCKED;
	struct sim_object *o = sim_find(array, SIM_ARRAY);
	if (!o)
		return CUDA_ERROR_INVALID_HANDLE;
	if (o->array.parent) /* a level goes with all of them */
		return CUDA_ERROR_INVALID_HANDLE;
	sim_array_delete(o, "call");
	return CUDA_SUCCESS;
}

static CUresult describe(CUDA_ARRAY3D_DESCRIPTOR *d, CUarray array)
{
	SIM_LOCKED;
	const struct sim_object *o = sim_find(array, SIM_ARRAY);
	if (!o)
		return CUDA_ERROR_INVALID_HANDLE;
	*d = o->array.desc;
	return CUDA_SUCCESS;
}

CUresult cuArrayGetDescriptor_v2(CUDA_ARRAY_DESCRIPTOR *out, CUarray array)
{
	SIM_CALL(cuArrayGetDescriptor);
	CUDA_ARRAY3D_DESCRIPTOR d;
	CUresult r = out ? describe(&d, array) : CUDA_ERROR_INVALID_VALUE;
	if (!r)
		*out = (CUDA_ARRAY_DESCRIPTOR){d.Width, d.Height, d.Format, d.NumChannels};
	return r;
}

CUresult cuArrayGetDescriptor(CUDA_ARRAY_DESCRIPTOR_v1 *out, CUarray array)
{
	SIM_CALL(cuArrayGetDescriptor);
	CUDA_ARRAY3D_DESCRIPTOR d;
	CUresult r = out ? describe(&d, array) : CUDA_ERROR_INVALID_VALUE;
	if (!r)
		*out = (CUDA_ARRAY_DESCRIPTOR_v1){(unsigned)d.Width, (unsigned)d.Height, d.Format,
						  d.NumChannels};
	return r;
}

CUresult cuArray3DGetDescriptor_v2(CUDA_ARRAY3D_DESCRIPTOR *out, CUarray array)
{
	SIM_CALL(cuArray3DGetDescriptor);
	return out ? describe(out, array) : CUDA_ERROR_INVALID_VALUE;
}

CUresult cuArray3DGetDescriptor(CUDA_ARRAY3D_DESCRIPTOR_v1 *out, CUarray array)
{
	SIM_CALL(cuArray3DGetDescriptor);
	CUDA_ARRAY3D_DESCRIPTOR d;
	CUresult r = out ? describe(&d, array) : CUDA_ERROR_INVALID_VALUE;
	if (!r)
		*out = (CUDA_ARRAY3D_DESCRIPTOR_v1){(unsigned)d.Width, (unsigned)d.Height,
						    (unsigned)d.Depth, d.Format,
						    d.NumChannels,     d.Flags};
	return r;
}

/* ---- mipmapped arrays ---- */
static uint64_t halved(uint64_t n, unsigned times)
{
	uint64_t half = n >> times;
	return n && !half ? 1 : half;
}

CUresult sim_mipmap_new(CUmipmappedArray *array, const CUDA_ARRAY3D_DESCRIPTOR *d, unsigned levels,
			struct sim_object *context)
{
	CUresult r = CUDA_ERROR_OUT_OF_MEMORY;
	uint32_t ctx = sim_slot(context);
	struct sim_object *o = sim_new(SIM_MIPMAP, context);
	if (!o)
		return r;
	o->array.desc = *d;
	o->array.levels = sim_keep(levels * sizeof(uint32_t));
	for (unsigned i = 0; o->array.levels && i < levels; i++) {
		CUDA_ARRAY3D_DESCRIPTOR one = *d;
		one.Width = halved(d->Width, i);
		one.Height = halved(d->Height, i);
		one.Depth = halved(d->Depth, i);
		struct sim_object *level = array_new(&one, sim_at(ctx), sim_slot(o), &r);
		if (!level)
			break;
		o->array.levels[i] = sim_slot(level);
		o->array.count = i + 1;
		o->bytes += level->bytes;
	}
	if (o->array.count < levels) {
		sim_array_delete(o, NULL);
		return r;
	}
	sim_count_new(o);
	*array = (CUmipmappedArray)(void *)o;
	return CUDA_SUCCESS;
}

CUresult cuMipmappedArrayCreate(CUmipmappedArray *array, const CUDA_ARRAY3D_DESCRIPTOR *d,
				unsigned levels)
{
	SIM_CALL_SLOW(cuMipmappedArrayCreate);
	if (!array || !d || !valid(d) || !levels)
		return CUDA_ERROR_INVALID_VALUE;
	SIM_LOCKED;
	CUresult r;
	struct sim_object *context = sim_current(&r);
	if (!context)
		return r;
	uint64_t most = d->Width > d->Height ? d->Width : d->Height;
	if (d->Depth > most)
		most = d->Depth;
	unsigned whole = 64 - (unsigned)__builtin_clzll(most);
	return sim_mipmap_new(array, d, levels > whole ? whole : levels, context);
}

CUresult cuMipmappedArrayGetLevel(CUarray *level, CUmipmappedArray array, unsigned number)
{
	SIM_CALL(cuMipmappedArrayGetLevel);
	SIM_LOCKED;
	const struct sim_object *o = sim_find(array, SIM_MIPMAP);
	if (!o || !level || number >= o->array.count)
		return o ? CUDA_ERROR_INVALID_VALUE : CUDA_ERROR_INVALID_HANDLE;
	*level = (CUarray)(void *)sim_at(o->array.levels[number]);
	return CUDA_SUCCESS;
}

CUresult cuMipmappedArrayDestroy(CUmipmappedArray array)
{
	SIM_CALL_SLOW(cuMipmappedArrayDestroy);
	SIM_LOCKED;
	struct sim_object *o = sim_find(array, SIM_MIPMAP);
	if (!o)
		return CUDA_ERROR_INVALID_HANDLE;
	sim_array_delete(o, "call");
	return CUDA_SUCCESS;
}
