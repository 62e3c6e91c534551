/* SPDX-License-Identifier: MIT */
/* Views: the same elements under another shape, nothing copied where strides allow it. */
#include "run.h"

#include <string.h>

/* Begin an operation of one operand with one result, and *VIEW to start from. */
static nd_status begin(struct ndi_call *call, const char *operation, nd_array *array,
		       nd_array **out, struct ndk_view *view)
{
	nd_status status;

	if (!out)
		return ndi_fail(ND_ERR_ARGUMENT, "%s: nowhere to put the array", operation);
	*out = NULL;
	if ((status = ndi_call_begin(call, operation, &array, 1, true)))
		return status;
	*view = call->in[0].view;
	return ND_OK;
}

static nd_status finish(struct ndi_call *call, nd_array **out, const struct ndk_view *view)
{
	ndi_call_view(call, out, 0, view);
	return ndi_call_end(call, ND_OK);
}

nd_status nd_array_view(nd_array *array, nd_array **out)
{
	struct ndi_call call;
	struct ndk_view view;
	nd_status status;

	NDI_SITE();
	status = begin(&call, "view", array, out, &view);
	return status ? status : finish(&call, out, &view);
}

static int64_t clamp(int64_t value, int64_t low, int64_t high)
{
	return value < low ? low : value > high ? high : value;
}

/* Python's slice.indices(): START and LENGTH of RANGE over N entries. */
static void resolve(const nd_range *range, int64_t n, int64_t *start, int64_t *length)
{
	int64_t step = range->step, low = step < 0 ? -1 : 0, high = step < 0 ? n - 1 : n;
	int64_t from = range->start, to = range->stop;

	if (from == ND_FROM_START)
		from = step < 0 ? high : low;
	else
		from = clamp(from < 0 ? from + n : from, low, high);
	if (to == ND_TO_END)
		to = step < 0 ? low : high;
	else if (to == ND_FROM_START)
		to = low;
	else
		to = clamp(to < 0 ? to + n : to, low, high);
	*start = from;
	*length = 0;
	if (step > 0 && from < to)
		*length = (to - from - 1) / step + 1;
	else if (step < 0 && to < from)
		*length = (int64_t)((uint64_t)(from - to - 1) / (0 - (uint64_t)step)) + 1;
}

nd_status nd_array_slice(nd_array *array, int count, const nd_range *ranges, nd_array **out)
{
	struct ndi_call call;
	struct ndk_view in, view;
	nd_status status;
	char *data;
	int i;

	NDI_SITE();
	if ((status = begin(&call, "slice", array, out, &in)))
		return status;
	if (count < 0 || count > in.ndim || (count && !ranges)) {
		status = ndi_fail(ND_ERR_INDEX, "slice: %d ranges for %d dimensions", count,
				  in.ndim);
		return ndi_call_end(&call, status);
	}
	view.type = in.type;
	view.ndim = 0;
	data = in.data;
	for (i = 0; i < in.ndim; i++) {
		int64_t n = in.shape[i], start = 0, length = n, step = 1;

		if (i < count && ranges[i].step == 0) {
			int64_t k = ranges[i].start < 0 ? ranges[i].start + n : ranges[i].start;

			if (ranges[i].start == INT64_MIN || k < 0 || k >= n) {
				status = ndi_fail(
					ND_ERR_INDEX,
					"slice: index %lld is outside axis %d of length %lld",
					(long long)ranges[i].start, i, (long long)n);
				return ndi_call_end(&call, status);
			}
			data += k * in.stride[i];
			continue;
		}
		if (i < count) {
			step = ranges[i].step;
			resolve(&ranges[i], n, &start, &length);
		}
		if (length > 0)
			data += start * in.stride[i];
		view.shape[view.ndim] = length;
		/* A step that takes one entry at most may be as large as it likes. */
		view.stride[view.ndim++] = length > 1 ? in.stride[i] * step : in.stride[i];
	}
	view.data = ndk_count(&in) ? data : in.data;
	return finish(&call, out, &view);
}

/* Strides that show VIEW as NDIM and SHAPE without a copy, or false. */
static bool reshape_strides(const struct ndk_view *view, int ndim, const int64_t *shape,
			    int64_t *stride)
{
	int64_t old_shape[ND_MAX_DIMS], old_stride[ND_MAX_DIMS];
	int old = 0, i, from = 0, at = 0;

	for (i = 0; i < view->ndim; i++) {
		if (view->shape[i] == 1)
			continue;
		old_shape[old] = view->shape[i];
		old_stride[old++] = view->stride[i];
	}
	/* Runs of old axes and of new ones with equal products go together. */
	while (from < old && at < ndim) {
		int from_end = from + 1, at_end = at + 1;
		int64_t a = old_shape[from], b = shape[at];

		while (a != b) {
			/* The products are equal in the end: neither runs out before. */
			if (a < b ? from_end == old : at_end == ndim)
				return false;
			if (a < b)
				a *= old_shape[from_end++];
			else
				b *= shape[at_end++];
		}
		for (i = from; i + 1 < from_end; i++) {
			if (old_stride[i] != old_stride[i + 1] * old_shape[i + 1])
				return false;
		}
		stride[at_end - 1] = old_stride[from_end - 1];
		for (i = at_end - 1; i > at; i--)
			stride[i - 1] = stride[i] * shape[i];
		from = from_end;
		at = at_end;
	}
	for (; at < ndim; at++) /* what is left has length 1 */
		stride[at] = (int64_t)ndk_type_size(view->type);
	return true;
}

nd_status nd_reshape(nd_array *array, int ndim, const int64_t *shape, nd_array **out)
{
	int64_t full[ND_MAX_DIMS] = {0}, count, known = 1, elements;
	char from[NDI_SHAPE_TEXT], to[NDI_SHAPE_TEXT];
	struct ndi_call call;
	struct ndk_view in, view;
	size_t bytes;
	int i, open = -1;
	nd_status status;

	NDI_SITE();
	if ((status = begin(&call, "reshape", array, out, &in)))
		return status;
	count = ndk_count(&in);
	if (ndim < 0 || ndim > ND_MAX_DIMS || (ndim && !shape)) {
		status = ndi_fail(ND_ERR_SHAPE, "reshape: %d dimensions; 0 to %d are possible",
				  ndim, ND_MAX_DIMS);
		return ndi_call_end(&call, status);
	}
	for (i = 0; i < ndim; i++) {
		full[i] = shape[i];
		if (shape[i] == -1 && open < 0)
			open = i;
		else if (shape[i] >= 0 && __builtin_mul_overflow(known, shape[i], &known))
			known = -1;
	}
	if (open >= 0 && known > 0 && count % known == 0)
		full[open] = count / known;
	if ((open >= 0 && full[open] < 0) ||
	    ndi_check_shape("reshape", (nd_dtype)in.type, ndim, full, &elements, &bytes) ||
	    elements != count) {
		status =
			ndi_fail(ND_ERR_SHAPE, "reshape: %s has %lld elements, which do not fit %s",
				 ndi_shape_text(in.ndim, in.shape, from), (long long)count,
				 ndi_shape_text(ndim, shape, to));
		return ndi_call_end(&call, status);
	}
	view = in;
	view.ndim = ndim;
	if (ndim)
		memcpy(view.shape, full, sizeof full);
	if (count == 0)
		ndk_set_contiguous(&view);
	if (count == 0 || reshape_strides(&in, ndim, full, view.stride))
		return finish(&call, out, &view);
	status = ndi_call_output(&call, out, in.type, ndim, full, false);
	if (!status) {
		view = in;
		view.data = call.out[0].view.data;
		ndk_set_contiguous(&view);
		status = ndi_run_copy(&call, &view, &in);
	}
	return ndi_call_end(&call, status);
}

nd_status nd_expand(nd_array *array, int axis, nd_array **out)
{
	struct ndi_call call;
	struct ndk_view in, view;
	nd_status status;
	int i, at;

	NDI_SITE();
	if ((status = begin(&call, "expand", array, out, &in)))
		return status;
	if (in.ndim == ND_MAX_DIMS)
		status = ndi_fail(ND_ERR_SHAPE, "expand: the array has %d dimensions already",
				  ND_MAX_DIMS);
	else
		status = ndi_axis("expand", in.ndim + 1, axis, &at);
	if (status)
		return ndi_call_end(&call, status);
	view = in;
	view.ndim = in.ndim + 1;
	for (i = in.ndim; i > at; i--) {
		view.shape[i] = in.shape[i - 1];
		view.stride[i] = in.stride[i - 1];
	}
	view.shape[at] = 1;
	view.stride[at] = (int64_t)ndk_type_size(in.type);
	return finish(&call, out, &view);
}

nd_status nd_squeeze(nd_array *array, int count, const int *axes, nd_array **out)
{
	struct ndi_call call;
	struct ndk_view in, view;
	nd_status status;
	unsigned mask;
	int i;

	NDI_SITE();
	if ((status = begin(&call, "squeeze", array, out, &in)))
		return status;
	if ((status = ndi_axes("squeeze", in.ndim, count, axes, &mask)))
		return ndi_call_end(&call, status);
	view = in;
	view.ndim = 0;
	for (i = 0; i < in.ndim; i++) {
		if ((mask & 1U << i) && in.shape[i] == 1)
			continue;
		if ((mask & 1U << i) && count) {
			char text[NDI_SHAPE_TEXT];

			status = ndi_fail(
				ND_ERR_SHAPE, "squeeze: axis %d of %s has length %lld, not 1", i,
				ndi_shape_text(in.ndim, in.shape, text), (long long)in.shape[i]);
			return ndi_call_end(&call, status);
		}
		view.shape[view.ndim] = in.shape[i];
		view.stride[view.ndim++] = in.stride[i];
	}
	return finish(&call, out, &view);
}

nd_status nd_transpose(nd_array *array, int count, const int *axes, nd_array **out)
{
	struct ndi_call call;
	struct ndk_view in, view;
	nd_status status;
	unsigned mask;
	int i, axis;

	NDI_SITE();
	if ((status = begin(&call, "transpose", array, out, &in)))
		return status;
	status = ndi_axes("transpose", in.ndim, count, axes, &mask);
	if (!status && count && count != in.ndim)
		status = ndi_fail(ND_ERR_SHAPE, "transpose: %d axes for %d dimensions", count,
				  in.ndim);
	if (status)
		return ndi_call_end(&call, status);
	view = in;
	for (i = 0; i < in.ndim; i++) {
		axis = count ? axes[i] : in.ndim - 1 - i;
		if (axis < 0)
			axis += in.ndim;
		view.shape[i] = in.shape[axis];
		view.stride[i] = in.stride[axis];
	}
	return finish(&call, out, &view);
}

nd_status nd_broadcast(nd_array *array, int ndim, const int64_t *shape, nd_array **out)
{
	struct ndi_call call;
	struct ndk_view in, view;
	char from[NDI_SHAPE_TEXT], to[NDI_SHAPE_TEXT];
	int64_t elements;
	size_t bytes;
	nd_status status;

	NDI_SITE();
	if ((status = begin(&call, "broadcast", array, out, &in)))
		return status;
	status = ndi_check_shape("broadcast", (nd_dtype)in.type, ndim, shape, &elements, &bytes);
	if (!status && ndk_broadcast_to(&in, ndim, shape, &view) != NDK_OK)
		status = ndi_fail(ND_ERR_SHAPE, "broadcast: %s does not broadcast to %s",
				  ndi_shape_text(in.ndim, in.shape, from),
				  ndi_shape_text(ndim, shape, to));
	return status ? ndi_call_end(&call, status) : finish(&call, out, &view);
}

nd_status nd_flip(nd_array *array, int count, const int *axes, nd_array **out)
{
	struct ndi_call call;
	struct ndk_view in, view;
	nd_status status;
	unsigned mask;
	int i;

	NDI_SITE();
	if ((status = begin(&call, "flip", array, out, &in)))
		return status;
	if ((status = ndi_axes("flip", in.ndim, count, axes, &mask)))
		return ndi_call_end(&call, status);
	view = in;
	for (i = 0; i < in.ndim; i++) {
		if (!(mask & 1U << i) || !ndk_count(&in))
			continue;
		view.data = (char *)view.data + (in.shape[i] - 1) * in.stride[i];
		view.stride[i] = -in.stride[i];
	}
	return finish(&call, out, &view);
}

nd_status nd_split(nd_array *array, size_t count, int axis, nd_array **out)
{
	struct ndi_call call;
	struct ndk_view in, part;
	nd_array *whole;
	size_t i;
	nd_status status;
	int at;

	NDI_SITE();
	if (!out || !count)
		return ndi_fail(ND_ERR_ARGUMENT,
				"split: no parts asked for, or nowhere to put them");
	memset(out, 0, count * sizeof *out);
	if ((status = begin(&call, "split", array, &whole, &in)))
		return status;
	status = ndi_axis("split", in.ndim, axis, &at);
	if (!status && (count > (size_t)INT64_MAX || in.shape[at] % (int64_t)count))
		status = ndi_fail(ND_ERR_SHAPE,
				  "split: axis %d of length %lld is not %zu equal parts", axis,
				  (long long)in.shape[at], count);
	status = ndi_call_end(&call, status);
	for (i = 0; !status && i < count; i++) {
		/* Each part is a call of its own: any number of them, one lock each. */
		if ((status = begin(&call, "split", array, &out[i], &part)))
			break;
		part.shape[at] = in.shape[at] / (int64_t)count;
		if (ndk_count(&part))
			part.data =
				(char *)part.data + (int64_t)i * part.shape[at] * part.stride[at];
		status = finish(&call, &out[i], &part);
	}
	if (status) {
		while (i-- > 0) {
			nd_array_close(out[i]);
			out[i] = NULL;
		}
	}
	return status;
}
