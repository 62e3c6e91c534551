/* SPDX-License-Identifier: MIT */
/* Copies on a GPU, to it and from it; conversions; filling. */
#include "gpu.h"

static enum ndg_kernel move_kernel(enum ndk_type type)
{
	switch (ndk_type_size(type)) {
	case 1: return NDG_K_move_8;
	case 2: return NDG_K_move_16;
	case 4: return NDG_K_move_32;
	default: return NDG_K_move_64;
	}
}

/* Does f32 hold all of TYPE's values? */
static bool within_f32(enum ndk_type type)
{
	return type != NDK_F64 && type != NDK_I32 && type != NDK_I64;
}

static enum ndg_kernel copy_kernel(enum ndk_type out, enum ndk_type in)
{
	if (out == in)
		return move_kernel(out);
	if (!ndk_is_float(in) && !ndk_is_float(out)) /* the low bits */
		return NDG_K_convert_i64;
	if (within_f32(in) && out != NDK_I32 && out != NDK_I64)
		return NDG_K_convert_f32;
	return ndk_is_float(in) ? NDG_K_convert_f64 : NDG_K_convert_i64;
}

nd_status ndg_copy(struct ndi_call *call, const struct ndk_view *out, const struct ndk_view *in)
{
	struct ndg_elementwise e;
	struct ndg_use use;
	ndg_result result;
	int64_t size = (int64_t)ndk_type_size(out->type);
	nd_status status;

	ndg_plan(&e, (const struct ndk_view *[]){out, in}, 2);
	if (!e.count)
		return ND_OK;
	if (out->type == in->type && e.ndim == 1 &&
	    ((e.on[0].stride[0] == size && e.on[1].stride[0] == size) || e.count == 1)) {
		if ((status = ndg_enter(&use, call->operation, call->device.index)))
			return status;
		result = use.driver->copy_within((uintptr_t)out->data, (uintptr_t)in->data,
						 (size_t)(e.count * size));
		ndg_leave(&use);
		return result == NDG_SUCCESS ? ND_OK
					     : ndg_failed(call->operation, call->device.index,
							  "cuMemcpyDtoD", result);
	}
	return ndg_launch_each(call->operation, call->device.index,
			       copy_kernel(out->type, in->type), e.count, &e);
}

/* A copy in C order on the device of VIEW, by way of which it gets to or from the host. */
static nd_status staging(struct ndi_call *call, const struct ndk_view *view, struct ndk_view *copy,
			 size_t bytes)
{
	*copy = *view;
	ndk_set_contiguous(copy);
	return ndg_alloc(call->operation, call->device.index, bytes, false, &copy->data);
}

nd_status ndg_copy_in(struct ndi_call *call, const struct ndk_view *out,
		      const struct ndk_view *host)
{
	int index = call->device.index;
	struct ndk_view copy;
	size_t bytes = (size_t)ndk_count(out) * ndk_type_size(out->type);
	nd_status status;

	if (!bytes)
		return ND_OK;
	if (ndk_is_contiguous(out))
		return call->ops->copy_from_host(index, out->data, host->data, bytes);
	if ((status = staging(call, out, &copy, bytes)))
		return status;
	status = call->ops->copy_from_host(index, copy.data, host->data, bytes);
	if (!status)
		status = ndg_copy(call, out, &copy);
	return ndi_free_after(status, call, copy.data, bytes);
}

nd_status ndg_copy_out(struct ndi_call *call, const struct ndk_view *host,
		       const struct ndk_view *in)
{
	int index = call->device.index;
	struct ndk_view copy;
	size_t bytes = (size_t)ndk_count(in) * ndk_type_size(in->type);
	nd_status status;

	if (!bytes)
		return ND_OK;
	if (ndk_is_contiguous(in))
		return call->ops->copy_to_host(index, host->data, in->data, bytes);
	if ((status = staging(call, in, &copy, bytes)))
		return status;
	status = ndg_copy(call, &copy, in);
	if (!status)
		status = call->ops->copy_to_host(index, host->data, copy.data, bytes);
	return ndi_free_after(status, call, copy.data, bytes);
}

nd_status ndg_fill(struct ndi_call *call, const struct ndk_view *out, double value)
{
	struct ndk_view from = {.data = &value, .type = NDK_F64};
	uint64_t bits = 0;
	struct ndk_view to = {.data = &bits, .type = out->type};
	struct ndg_elementwise e;

	ndk_copy(&to, &from);
	ndg_plan(&e, (const struct ndk_view *[]){out, out}, 2);
	e.on[1].data = NULL;
	e.on[1].number.whole = (int64_t)bits;
	if (!e.count)
		return ND_OK;
	return ndg_launch_each(call->operation, call->device.index, move_kernel(out->type), e.count,
			       &e);
}
