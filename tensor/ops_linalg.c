/* SPDX-License-Identifier: MIT */
/* Products of matrices, softmax, order. */
#include "ops.h"

#include <string.h>

/* A vector becomes a matrix: a row on the left, a column on the right. */
static void as_matrix(struct ndk_view *view, bool left)
{
	if (view->ndim != 1)
		return;
	view->ndim = 2;
	if (left) {
		view->shape[1] = view->shape[0];
		view->stride[1] = view->stride[0];
		view->shape[0] = 1;
		view->stride[0] = 0;
	} else {
		view->shape[1] = 1;
		view->stride[1] = 0;
	}
}

/* The axes before the last two spread to what A and B have together. */
static nd_status broadcast_batch(struct ndk_view *a, struct ndk_view *b)
{
	struct ndk_view left = *a, right = *b;
	int64_t shape[ND_MAX_DIMS];
	int ndim, i;
	struct ndk_view *both[2] = {a, b};

	left.ndim -= 2;
	right.ndim -= 2;
	if (ndk_broadcast_shape(&left, &right, &ndim, shape) != NDK_OK)
		return ND_ERR_SHAPE;
	for (i = 0; i < 2; i++) {
		struct ndk_view batch = *both[i], wide;
		int last = batch.ndim - 2;

		batch.ndim = last;
		ndk_broadcast_to(&batch, ndim, shape, &wide);
		memcpy(wide.shape + ndim, both[i]->shape + last, 2 * sizeof *wide.shape);
		memcpy(wide.stride + ndim, both[i]->stride + last, 2 * sizeof *wide.stride);
		wide.ndim = ndim + 2;
		wide.type = batch.type;
		wide.data = batch.data;
		*both[i] = wide;
	}
	return ND_OK;
}

/* The operands of a product made matrices that fit, or what does not. */
static nd_status check_product(const char *name, struct ndk_view *left, struct ndk_view *right)
{
	const struct ndk_view a = *left, b = *right;
	char from[NDI_SHAPE_TEXT], to[NDI_SHAPE_TEXT];
	int64_t inner, other;

	if (!a.ndim || !b.ndim)
		return ndi_fail(ND_ERR_SHAPE, "%s: %s x %s: both need at least one dimension", name,
				ndi_shape_text(a.ndim, a.shape, from),
				ndi_shape_text(b.ndim, b.shape, to));
	as_matrix(left, true);
	as_matrix(right, false);
	inner = left->shape[left->ndim - 1];
	other = right->shape[right->ndim - 2];
	if (inner != other)
		return ndi_fail(ND_ERR_SHAPE, "%s: %s x %s: inner dimensions %lld and %lld differ",
				name, ndi_shape_text(a.ndim, a.shape, from),
				ndi_shape_text(b.ndim, b.shape, to), (long long)inner,
				(long long)other);
	if (broadcast_batch(left, right))
		return ndi_fail(ND_ERR_SHAPE,
				"%s: %s x %s: the dimensions before the last two do not broadcast",
				name, ndi_shape_text(a.ndim, a.shape, from),
				ndi_shape_text(b.ndim, b.shape, to));
	return ND_OK;
}

static nd_status matmul(const char *name, nd_array *a, nd_array *b, nd_array **out)
{
	struct ndi_call call;
	struct ndk_view left, right, full;
	int64_t shape[ND_MAX_DIMS];
	bool row, column; /* axes that the result drops again */
	int ndim = 0, i;
	nd_status status;

	if (!out)
		return ndi_no_target(name);
	*out = NULL;
	if ((status = ndi_call_begin(&call, name, (nd_array *const[]){a, b}, 2, true)))
		return status;
	left = call.in[0].view;
	right = call.in[1].view;
	if ((status = check_product(name, &left, &right)))
		return ndi_call_end(&call, status);
	full = left;
	full.shape[full.ndim - 1] = right.shape[right.ndim - 1];
	row = call.in[0].view.ndim == 1;
	column = call.in[1].view.ndim == 1;
	for (i = 0; i < full.ndim; i++) {
		if (!(i == full.ndim - 2 && row) && !(i == full.ndim - 1 && column))
			shape[ndim++] = full.shape[i];
	}
	status =
		ndi_call_output(&call, out, ndk_promote(left.type, right.type), ndim, shape, false);
	if (!status) {
		full.type = call.out[0].view.type;
		full.data = call.out[0].view.data;
		ndk_set_contiguous(&full);
		status = ndi_run_matmul(&call, &full, &left, &right);
	}
	return ndi_call_end(&call, status);
}

nd_status nd_matmul(nd_array *a, nd_array *b, nd_array **out)
{
	NDI_SITE();
	return matmul("matmul", a, b, out);
}

nd_status nd_dot(nd_array *a, nd_array *b, nd_array **out)
{
	NDI_SITE();
	return matmul("dot", a, b, out);
}

/* Begin an operation along AXIS of one array, which needs that axis. */
static nd_status begin_axis(struct ndi_call *call, const char *name, nd_array *a, int axis, int *at,
			    nd_array **out)
{
	nd_status status;

	*at = 0;
	if (!out)
		return ndi_no_target(name);
	*out = NULL;
	if ((status = ndi_call_begin(call, name, &a, 1, true)))
		return status;
	status = ndi_axis(name, call->in[0].view.ndim, axis, at);
	if (status)
		ndi_call_end(call, status);
	return status;
}

static nd_status softmax(const char *name, nd_array *a, int axis, bool logarithm, nd_array **out)
{
	struct ndi_call call;
	const struct ndk_view *in;
	enum ndk_type type;
	int at;
	nd_status status = begin_axis(&call, name, a, axis, &at, out);

	if (status)
		return status;
	in = &call.in[0].view;
	type = ndk_is_float(in->type) ? in->type : NDK_F64;
	status = ndi_call_output(&call, out, type, in->ndim, in->shape, false);
	if (!status)
		status = ndi_run_softmax(&call, &call.out[0].view, in, at, logarithm);
	return ndi_call_end(&call, status);
}

nd_status nd_softmax(nd_array *a, int axis, nd_array **out)
{
	NDI_SITE();
	return softmax("softmax", a, axis, false, out);
}

nd_status nd_log_softmax(nd_array *a, int axis, nd_array **out)
{
	NDI_SITE();
	return softmax("log_softmax", a, axis, true, out);
}

typedef enum ndk_status order_kernel(const struct ndk_view *out, const struct ndk_view *in,
				     int axis, bool descending, const struct ndk_scratch *scratch);

/* INDICES: where the elements are, instead of the elements. */
static nd_status order(const char *name, order_kernel *kernel, bool indices, nd_array *a, int axis,
		       bool descending, nd_array **out)
{
	struct ndi_call call;
	struct ndi_hosted h;
	const struct ndk_view *in;
	int at;
	nd_status status = begin_axis(&call, name, a, axis, &at, out);

	if (status)
		return status;
	in = &call.in[0].view;
	status = ndi_call_output(&call, out, indices ? NDK_I64 : in->type, in->ndim, in->shape,
				 false);
	if (!status)
		status = ndi_host_begin(&h, &call,
					(const struct ndk_view *[]){&call.out[0].view, in}, 2, 1);
	if (!status) {
		status = ndi_call_kernel(
			&call, kernel(&h.view[0], &h.view[1], at, descending, &ndi_scratch));
		status = ndi_host_end(&h, status);
	}
	return ndi_call_end(&call, status);
}

nd_status nd_sort(nd_array *a, int axis, bool descending, nd_array **out)
{
	NDI_SITE();
	return order("sort", ndk_sort, false, a, axis, descending, out);
}

nd_status nd_argsort(nd_array *a, int axis, bool descending, nd_array **out)
{
	NDI_SITE();
	return order("argsort", ndk_argsort, true, a, axis, descending, out);
}

nd_status nd_topk(nd_array *a, int64_t k, int axis, bool largest, nd_array **values,
		  nd_array **indices)
{
	struct ndi_call call;
	struct ndi_hosted h;
	const struct ndk_view *in, *chosen = NULL, *where = NULL;
	int64_t shape[ND_MAX_DIMS];
	int at;
	nd_status status;

	NDI_SITE();
	if (values)
		*values = NULL;
	if (indices)
		*indices = NULL;
	if ((status = begin_axis(&call, "topk", a, axis, &at, values ? values : indices)))
		return status;
	in = &call.in[0].view;
	memcpy(shape, in->shape, sizeof shape);
	if (k < 0 || k > in->shape[at]) {
		status = ndi_fail(ND_ERR_ARGUMENT, "topk: %lld of axis %d, which has %lld",
				  (long long)k, axis, (long long)in->shape[at]);
		return ndi_call_end(&call, status);
	}
	shape[at] = k;
	if (values) {
		status = ndi_call_output(&call, values, in->type, in->ndim, shape, false);
		chosen = &call.out[0].view;
	}
	if (!status && indices) {
		status = ndi_call_output(&call, indices, NDK_I64, in->ndim, shape, false);
		where = &call.out[values ? 1 : 0].view;
	}
	if (!status)
		status = ndi_host_begin(&h, &call, (const struct ndk_view *[]){chosen, where, in},
					3, 2);
	if (!status) {
		status = ndi_call_kernel(&call, ndk_topk(chosen ? &h.view[0] : NULL,
							 where ? &h.view[1] : NULL, &h.view[2], at,
							 k, largest, &ndi_scratch));
		status = ndi_host_end(&h, status);
	}
	return ndi_call_end(&call, status);
}
