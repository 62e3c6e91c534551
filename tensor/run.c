/* SPDX-License-Identifier: MIT */
/* Kernels run where the operands are, see run.h.  Any thread. */
#include "run.h"

static const struct ndi_device_kernels *device_kernels(const struct ndi_call *call)
{
	return call->ops ? call->ops->kernels : NULL;
}

/* FUNCTION of the device's kernels, or else the host's ndk_FUNCTION, with the same arguments. */
#define RUN(call, function, ...)                                                                   \
	(device_kernels(call) ? device_kernels(call)->function(call, __VA_ARGS__)                  \
			      : ndi_call_kernel(call, ndk_##function(__VA_ARGS__)))

nd_status ndi_run_copy(struct ndi_call *call, const struct ndk_view *out, const struct ndk_view *in)
{
	return RUN(call, copy, out, in);
}

nd_status ndi_run_fill(struct ndi_call *call, const struct ndk_view *out, double value)
{
	if (device_kernels(call))
		return device_kernels(call)->fill(call, out, value);
	return ndi_call_kernel(call, ndk_fill(out, NDK_F64, &value));
}

nd_status ndi_run_arange(struct ndi_call *call, const struct ndk_view *out, double start,
			 double step)
{
	return RUN(call, arange, out, start, step);
}

nd_status ndi_run_arange_i64(struct ndi_call *call, const struct ndk_view *out, int64_t start,
			     int64_t step)
{
	return RUN(call, arange_i64, out, start, step);
}

nd_status ndi_run_concat(struct ndi_call *call, const struct ndk_view *out,
			 const struct ndk_view *inputs, size_t count, int axis)
{
	struct ndk_view part = *out;
	nd_status status = ND_OK;

	if (!device_kernels(call))
		return ndi_call_kernel(call, ndk_concat(out, inputs, count, axis));
	for (size_t i = 0; !status && i < count; i++) {
		part.shape[axis] = inputs[i].shape[axis];
		status = device_kernels(call)->copy(call, &part, &inputs[i]);
		part.data = (char *)part.data + part.shape[axis] * part.stride[axis];
	}
	return status;
}

nd_status ndi_run_stack(struct ndi_call *call, const struct ndk_view *out,
			const struct ndk_view *inputs, size_t count, int axis)
{
	struct ndk_view part = *out;
	nd_status status = ND_OK;

	if (!device_kernels(call))
		return ndi_call_kernel(call, ndk_stack(out, inputs, count, axis));
	part.ndim--;
	for (int i = axis; i < part.ndim; i++) {
		part.shape[i] = out->shape[i + 1];
		part.stride[i] = out->stride[i + 1];
	}
	for (size_t i = 0; !status && i < count; i++) {
		status = device_kernels(call)->copy(call, &part, &inputs[i]);
		part.data = (char *)part.data + out->stride[axis];
	}
	return status;
}

nd_status ndi_run_binary(struct ndi_call *call, enum ndk_binary_op op, const struct ndk_view *out,
			 const struct ndk_view *a, const struct ndk_view *b)
{
	return RUN(call, binary, op, out, a, b);
}

nd_status ndi_run_unary(struct ndi_call *call, enum ndk_unary_op op, const struct ndk_view *out,
			const struct ndk_view *in)
{
	return RUN(call, unary, op, out, in);
}

nd_status ndi_run_compare(struct ndi_call *call, enum ndk_compare_op op, const struct ndk_view *out,
			  const struct ndk_view *a, const struct ndk_view *b, enum ndk_type compute)
{
	return RUN(call, compare, op, out, a, b, compute);
}

nd_status ndi_run_logical(struct ndi_call *call, enum ndk_logical_op op, const struct ndk_view *out,
			  const struct ndk_view *a, const struct ndk_view *b)
{
	return RUN(call, logical, op, out, a, b);
}

nd_status ndi_run_test(struct ndi_call *call, enum ndk_test_op op, const struct ndk_view *out,
		       const struct ndk_view *in)
{
	return RUN(call, test, op, out, in);
}

nd_status ndi_run_clip(struct ndi_call *call, const struct ndk_view *out, const struct ndk_view *in,
		       const struct ndk_view *low, const struct ndk_view *high)
{
	return RUN(call, clip, out, in, low, high);
}

nd_status ndi_run_where(struct ndi_call *call, const struct ndk_view *out,
			const struct ndk_view *condition, const struct ndk_view *a,
			const struct ndk_view *b)
{
	return RUN(call, where, out, condition, a, b);
}

nd_status ndi_run_reduce(struct ndi_call *call, enum ndk_reduce_op op, const struct ndk_view *out,
			 const struct ndk_view *in, unsigned axes)
{
	struct ndi_hosted h;
	nd_status status;

	if (!device_kernels(call))
		return ndi_call_kernel(call, ndk_reduce(op, out, in, axes, &ndi_scratch));
	if (op != NDK_MEDIAN)
		return device_kernels(call)->reduce(call, op, out, in, axes);
	status = ndi_host_begin(&h, call, (const struct ndk_view *[]){out, in}, 2, 1);
	if (status)
		return status;
	status = ndi_call_kernel(call, ndk_reduce(op, &h.view[0], &h.view[1], axes, &ndi_scratch));
	return ndi_host_end(&h, status);
}

nd_status ndi_run_softmax(struct ndi_call *call, const struct ndk_view *out,
			  const struct ndk_view *in, int axis, bool logarithm)
{
	if (device_kernels(call))
		return device_kernels(call)->softmax(call, out, in, axis, logarithm);
	return ndi_call_kernel(call, ndk_softmax(out, in, axis, logarithm, &ndi_scratch));
}

nd_status ndi_run_matmul(struct ndi_call *call, const struct ndk_view *out,
			 const struct ndk_view *a, const struct ndk_view *b)
{
	if (device_kernels(call))
		return device_kernels(call)->matmul(call, out, a, b);
	return ndi_call_kernel(call, ndk_matmul(out, a, b, &ndi_scratch));
}

nd_status ndi_run_copy_in(struct ndi_call *call, const struct ndk_view *view,
			  const struct ndk_view *host)
{
	if (device_kernels(call))
		return device_kernels(call)->copy_in(call, view, host);
	return ndi_call_kernel(call, ndk_copy(view, host));
}

nd_status ndi_run_copy_out(struct ndi_call *call, const struct ndk_view *host,
			   const struct ndk_view *view)
{
	if (device_kernels(call))
		return device_kernels(call)->copy_out(call, host, view);
	return ndi_call_kernel(call, ndk_copy(host, view));
}

/* ---- on the host ---- */

nd_status ndi_host_begin(struct ndi_hosted *hosted, struct ndi_call *call,
			 const struct ndk_view *const *views, int count, int results)
{
	nd_status status = ND_OK;

	hosted->call = call;
	hosted->count = hosted->results = 0;
	for (int i = 0; !status && i < count; i++) {
		struct ndk_view *view = &hosted->view[i];
		size_t bytes;

		hosted->device[i] = views[i];
		hosted->block[i] = NULL;
		hosted->count++;
		if (!views[i])
			continue;
		*view = *views[i];
		bytes = (size_t)ndk_count(view) * ndk_type_size(view->type);
		if (!device_kernels(call) || !bytes)
			continue;
		view->data = hosted->block[i] = ndi_alloc(bytes);
		ndk_set_contiguous(view);
		if (!view->data)
			status = ndi_no_memory(call->operation, bytes);
		else if (i >= results)
			status = ndi_run_copy_out(call, view, views[i]);
	}
	if (status)
		return ndi_host_end(hosted, status);
	hosted->results = results;
	return ND_OK;
}

nd_status ndi_host_end(struct ndi_hosted *hosted, nd_status status)
{
	for (int i = 0; i < hosted->count; i++) {
		if (!hosted->block[i])
			continue;
		if (i < hosted->results && !status)
			status = ndi_run_copy_in(hosted->call, hosted->device[i], &hosted->view[i]);
		ndi_release(hosted->block[i]);
	}
	return status;
}

nd_status ndi_work_begin(struct ndi_call *call, enum ndk_type type, const struct ndk_view *like,
			 struct ndk_view *view)
{
	size_t bytes = (size_t)ndk_count(like) * ndk_type_size(type);
	nd_status status = ND_OK;

	*view = *like;
	view->type = type;
	ndk_set_contiguous(view);
	if (device_kernels(call)) {
		view->data = NULL;
		if (bytes)
			status = call->ops->alloc(call->operation, call->device.index, bytes, false,
						  &view->data);
	} else {
		view->data = ndi_alloc(bytes);
		if (!view->data)
			status = ndi_no_memory(call->operation, bytes);
	}
	call->work = view->data;
	return status;
}

nd_status ndi_work_end(struct ndi_call *call, const struct ndk_view *view, nd_status status)
{
	call->work = NULL;
	if (device_kernels(call) && view->data)
		return ndi_free_after(status, call, view->data,
				      (size_t)ndk_count(view) * ndk_type_size(view->type));
	ndi_release(view->data);
	return status;
}
