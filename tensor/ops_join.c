/* SPDX-License-Identifier: MIT */
/* Arrays joined, repeated, and picked from. */
#include "ops.h"

#include <string.h>

/* All operands' views as one block, their types combined into *TYPE; checked alike but for AXIS. */
static nd_status collect(struct ndi_call *call, int axis, enum ndk_type *type, int64_t *length,
			 struct ndk_view **views)
{
	const struct ndk_view *first = &call->in[0].view;
	char left[NDI_SHAPE_TEXT], right[NDI_SHAPE_TEXT];
	size_t i;
	int d;

	*type = first->type;
	*length = 0;
	for (i = 0; i < call->inputs; i++) {
		const struct ndk_view *view = &call->in[i].view;
		bool alike = view->ndim == first->ndim;

		for (d = 0; alike && d < first->ndim; d++)
			alike = d == axis || view->shape[d] == first->shape[d];
		if (!alike)
			return ndi_fail(ND_ERR_SHAPE, "%s: %s and %s do not fit", call->operation,
					ndi_shape_text(first->ndim, first->shape, left),
					ndi_shape_text(view->ndim, view->shape, right));
		*type = ndk_promote(*type, view->type);
		if (axis >= 0 && __builtin_add_overflow(*length, view->shape[axis], length))
			return ndi_fail(ND_ERR_SHAPE, "%s: the result is too large",
					call->operation);
	}
	*views = ndi_alloc(call->inputs * sizeof **views);
	if (!*views)
		return ndi_no_memory(call->operation, call->inputs * sizeof **views);
	for (i = 0; i < call->inputs; i++)
		(*views)[i] = call->in[i].view;
	return ND_OK;
}

static nd_status join(const char *name, nd_array *const *arrays, size_t count, int axis, bool stack,
		      nd_array **out)
{
	struct ndi_call call;
	struct ndk_view *views = NULL;
	int64_t shape[ND_MAX_DIMS + 1], length;
	enum ndk_type type;
	int ndim, at;
	nd_status status;

	if (!out)
		return ndi_no_target(name);
	*out = NULL;
	if (!arrays || !count)
		return ndi_fail(ND_ERR_ARGUMENT, "%s: no arrays given", name);
	if ((status = ndi_call_begin(&call, name, arrays, count, true)))
		return status;
	ndim = call.in[0].view.ndim;
	memcpy(shape, call.in[0].view.shape, sizeof call.in[0].view.shape);
	if ((status = ndi_axis(name, ndim + stack, axis, &at)) ||
	    (status = collect(&call, stack ? -1 : at, &type, &length, &views)))
		return ndi_call_end(&call, status);
	if (stack) {
		memmove(shape + at + 1, shape + at, (size_t)(ndim - at) * sizeof *shape);
		length = (int64_t)count;
		ndim++;
	}
	shape[at] = length;
	status = ndi_call_output(&call, out, type, ndim, shape, false);
	if (!status)
		status = stack ? ndi_run_stack(&call, &call.out[0].view, views, count, at)
			       : ndi_run_concat(&call, &call.out[0].view, views, count, at);
	ndi_release(views);
	return ndi_call_end(&call, status);
}

nd_status nd_concat(nd_array *const *arrays, size_t count, int axis, nd_array **out)
{
	NDI_SITE();
	return join("concat", arrays, count, axis, false, out);
}

nd_status nd_stack(nd_array *const *arrays, size_t count, int axis, nd_array **out)
{
	NDI_SITE();
	return join("stack", arrays, count, axis, true, out);
}

nd_status nd_tile(nd_array *a, int count, const int64_t *repeats, nd_array **out)
{
	struct ndi_call call;
	struct ndi_hosted h;
	struct ndk_view in;
	int64_t shape[ND_MAX_DIMS];
	int ndim, i;
	nd_status status;

	NDI_SITE();
	if (!out)
		return ndi_no_target("tile");
	*out = NULL;
	if (count < 0 || count > ND_MAX_DIMS || (count && !repeats))
		return ndi_fail(ND_ERR_SHAPE, "tile: %d dimensions; 0 to %d are possible", count,
				ND_MAX_DIMS);
	if ((status = ndi_call_begin(&call, "tile", &a, 1, true)))
		return status;
	in = call.in[0].view;
	ndim = in.ndim > count ? in.ndim : count;
	/* As NumPy: the shorter of shape and repeats gets ones in front. */
	in.ndim = ndim;
	for (i = 0; i < ndim; i++) {
		int from = i - (ndim - call.in[0].view.ndim), rep = i - (ndim - count);
		int64_t times = rep < 0 ? 1 : repeats[rep];

		in.shape[i] = from < 0 ? 1 : call.in[0].view.shape[from];
		in.stride[i] = from < 0 ? 0 : call.in[0].view.stride[from];
		if (times < 0 || __builtin_mul_overflow(in.shape[i], times, &shape[i])) {
			status = ndi_fail(ND_ERR_ARGUMENT, "tile: %lld times", (long long)times);
			return ndi_call_end(&call, status);
		}
	}
	status = ndi_call_output(&call, out, in.type, ndim, shape, false);
	/* Nothing of nothing: the kernel looks at multiples, which 0 has none of. */
	if (!status && call.out[0].bytes &&
	    !(status = ndi_host_begin(&h, &call,
				      (const struct ndk_view *[]){&call.out[0].view, &in}, 2, 1))) {
		status = ndi_call_kernel(&call, ndk_tile(&h.view[0], &h.view[1]));
		status = ndi_host_end(&h, status);
	}
	return ndi_call_end(&call, status);
}

static nd_status pick(const char *name, nd_array *array, nd_array *indices, int axis, bool along,
		      nd_array **out)
{
	struct ndi_call call;
	struct ndi_hosted h;
	const struct ndk_view *in, *chosen;
	char left[NDI_SHAPE_TEXT], right[NDI_SHAPE_TEXT];
	int64_t shape[ND_MAX_DIMS], bad = 0;
	enum ndk_status answer;
	int at, i;
	nd_status status;

	if (!out)
		return ndi_no_target(name);
	*out = NULL;
	if ((status = ndi_call_begin(&call, name, (nd_array *const[]){array, indices}, 2, true)))
		return status;
	in = &call.in[0].view;
	chosen = &call.in[1].view;
	if ((status = ndi_axis(name, in->ndim, axis, &at)))
		return ndi_call_end(&call, status);
	memcpy(shape, in->shape, sizeof shape);
	if (chosen->type != NDK_I32 && chosen->type != NDK_I64)
		status = ndi_fail(ND_ERR_TYPE, "%s: indices are i32 or i64, not %s", name,
				  ndk_type_name(chosen->type));
	else if (!along && chosen->ndim != 1)
		status = ndi_fail(ND_ERR_SHAPE, "%s: indices have one dimension, not %d", name,
				  chosen->ndim);
	else if (along && chosen->ndim != in->ndim)
		status = ndi_fail(ND_ERR_SHAPE, "%s: indices have %d dimensions, the array %d",
				  name, chosen->ndim, in->ndim);
	for (i = 0; !status && along && i < in->ndim; i++) {
		if (i != at && chosen->shape[i] != in->shape[i])
			status = ndi_fail(ND_ERR_SHAPE, "%s: %s and %s differ beside axis %d", name,
					  ndi_shape_text(in->ndim, in->shape, left),
					  ndi_shape_text(chosen->ndim, chosen->shape, right), at);
	}
	if (status)
		return ndi_call_end(&call, status);
	shape[at] = chosen->shape[along ? at : 0];
	status = ndi_call_output(&call, out, in->type, in->ndim, shape, false);
	if (!status)
		status = ndi_host_begin(&h, &call,
					(const struct ndk_view *[]){&call.out[0].view, in, chosen},
					3, 1);
	if (!status) {
		answer = along ? ndk_take_along(&h.view[0], &h.view[1], &h.view[2], at, &bad)
			       : ndk_take(&h.view[0], &h.view[1], &h.view[2], at, &bad);
		if (answer == NDK_BAD_INDEX)
			status = ndi_fail(ND_ERR_INDEX,
					  "%s: index %lld is outside axis %d of length %lld", name,
					  (long long)bad, at, (long long)in->shape[at]);
		else
			status = ndi_call_kernel(&call, answer);
		status = ndi_host_end(&h, status);
	}
	return ndi_call_end(&call, status);
}

nd_status nd_array_gather(nd_array *array, nd_array *indices, int axis, nd_array **out)
{
	NDI_SITE();
	return pick("gather", array, indices, axis, false, out);
}

nd_status nd_array_take_along(nd_array *array, nd_array *indices, int axis, nd_array **out)
{
	NDI_SITE();
	return pick("take_along", array, indices, axis, true, out);
}

nd_status nd_array_mask(nd_array *array, nd_array *mask, nd_array **out)
{
	struct ndi_call call;
	struct ndi_hosted from, to;
	const struct ndk_view *in, *choice;
	char left[NDI_SHAPE_TEXT], right[NDI_SHAPE_TEXT];
	int64_t count = 0;
	nd_status status;

	NDI_SITE();
	if (!out)
		return ndi_no_target("mask");
	*out = NULL;
	status = ndi_call_begin(&call, "mask", (nd_array *const[]){array, mask}, 2, true);
	if (status)
		return status;
	in = &call.in[0].view;
	choice = &call.in[1].view;
	if (choice->type != NDK_BOOL)
		status = ndi_fail(ND_ERR_TYPE, "mask: a mask is bool, not %s",
				  ndk_type_name(choice->type));
	else if (choice->ndim != in->ndim ||
		 (in->ndim && memcmp(choice->shape, in->shape, (size_t)in->ndim * sizeof(int64_t))))
		status = ndi_fail(ND_ERR_SHAPE, "mask: the array is %s, the mask %s",
				  ndi_shape_text(in->ndim, in->shape, left),
				  ndi_shape_text(choice->ndim, choice->shape, right));
	else
		status =
			ndi_host_begin(&from, &call, (const struct ndk_view *[]){in, choice}, 2, 0);
	if (status)
		return ndi_call_end(&call, status);
	status = ndi_call_kernel(&call, ndk_mask_count(&from.view[1], &count));
	if (!status)
		status = ndi_call_output(&call, out, in->type, 1, &count, false);
	if (!status)
		status = ndi_host_begin(&to, &call, (const struct ndk_view *[]){&call.out[0].view},
					1, 1);
	if (!status) {
		status = ndi_call_kernel(&call,
					 ndk_compress(&to.view[0], &from.view[0], &from.view[1]));
		status = ndi_host_end(&to, status);
	}
	status = ndi_host_end(&from, status);
	return ndi_call_end(&call, status);
}
