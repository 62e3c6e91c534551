/* SPDX-License-Identifier: MIT */
/* Elements in and out of arrays, conversions and text. */
#include "run.h"

#include <string.h>

/* The call for one operand, which must be this dtype and this many bytes. */
static nd_status begin_copy(struct ndi_call *call, const char *operation, nd_array *array,
			    nd_dtype dtype, const void *buffer, size_t bytes, struct ndk_view *host)
{
	nd_status status = ndi_call_begin(call, operation, &array, 1, false);
	const struct ndk_view *view = &call->in[0].view;
	size_t needed;

	if (status)
		return status;
	needed = (size_t)ndk_count(view) * ndk_type_size(view->type);
	if ((int)dtype != (int)view->type)
		status = ndi_fail(ND_ERR_TYPE, "%s: Required %s, actual %s", operation,
				  nd_dtype_name(dtype), ndk_type_name(view->type));
	else if (bytes != needed)
		status = ndi_fail(ND_ERR_ARGUMENT, "%s: the array is %zu bytes, the buffer has %zu",
				  operation, needed, bytes);
	else if (bytes && !buffer)
		status = ndi_fail(ND_ERR_ARGUMENT, "%s: the buffer is NULL", operation);
	if (status)
		return ndi_call_end(call, status);
	*host = *view;
	host->data = (void *)(uintptr_t)buffer;
	ndk_set_contiguous(host);
	return ND_OK;
}

nd_status nd_array_copy_out(nd_array *array, nd_dtype dtype, void *buffer, size_t bytes)
{
	struct ndi_call call;
	struct ndk_view host;
	nd_status status;

	NDI_SITE();
	status = begin_copy(&call, "copy_out", array, dtype, buffer, bytes, &host);
	if (status || !bytes)
		return status ? status : ndi_call_end(&call, ND_OK);
	return ndi_call_end(&call, ndi_run_copy_out(&call, &host, &call.in[0].view));
}

nd_status nd_array_copy_in(nd_array *array, nd_dtype dtype, const void *buffer, size_t bytes)
{
	struct ndi_call call;
	struct ndk_view host;
	nd_status status;

	NDI_SITE();
	status = begin_copy(&call, "copy_in", array, dtype, buffer, bytes, &host);
	if (status || !bytes)
		return status ? status : ndi_call_end(&call, ND_OK);
	return ndi_call_end(&call, ndi_run_copy_in(&call, &call.in[0].view, &host));
}

nd_status nd_array_assign(nd_array *array, nd_array *values)
{
	struct ndi_call call;
	struct ndk_view spread, copy;
	char to[NDI_SHAPE_TEXT], from[NDI_SHAPE_TEXT];
	nd_status status;

	NDI_SITE();
	status = ndi_call_begin(&call, "assign", (nd_array *const[]){array, values}, 2, false);
	if (status)
		return status;
	if (ndk_broadcast_to(&call.in[1].view, call.in[0].view.ndim, call.in[0].view.shape,
			     &spread) != NDK_OK) {
		status = ndi_fail(ND_ERR_SHAPE, "assign: %s does not broadcast to %s",
				  ndi_shape_text(call.in[1].view.ndim, call.in[1].view.shape, from),
				  ndi_shape_text(call.in[0].view.ndim, call.in[0].view.shape, to));
		return ndi_call_end(&call, status);
	}
	/* Views of one storage may overlap: then by way of a copy. */
	if (call.in[0].storage == call.in[1].storage) {
		if ((status = ndi_work_begin(&call, spread.type, &spread, &copy)))
			return ndi_call_end(&call, status);
		status = ndi_run_copy(&call, &copy, &spread);
		if (!status)
			status = ndi_run_copy(&call, &call.in[0].view, &copy);
		status = ndi_work_end(&call, &copy, status);
	} else {
		status = ndi_run_copy(&call, &call.in[0].view, &spread);
	}
	return ndi_call_end(&call, status);
}

/* The address of the element INDEX of VIEW. */
static nd_status element(const char *operation, const struct ndk_view *view, int count,
			 const int64_t *index, void **out)
{
	char *at = view->data;
	int i;

	if (count != view->ndim)
		return ndi_fail(ND_ERR_INDEX, "%s: %d indices for %d dimensions", operation, count,
				view->ndim);
	for (i = 0; i < count; i++) {
		int64_t n = view->shape[i], k = index[i] < 0 ? index[i] + n : index[i];

		if (k < 0 || k >= n)
			return ndi_fail(ND_ERR_INDEX,
					"%s: index %lld is outside axis %d of length %lld",
					operation, (long long)index[i], i, (long long)n);
		at += k * view->stride[i];
	}
	*out = at;
	return ND_OK;
}

enum element_way { GET_F64, GET_I64, SET_F64, SET_I64 };

/* ONE, an element of the operand's, read or written. */
static nd_status convert_element(struct ndi_call *call, const struct ndk_view *one,
				 enum element_way way, void *value)
{
	uint64_t element = 0;
	struct ndk_view host = {.data = &element, .type = one->type};
	nd_status status = ND_OK;

	switch (way) {
	case GET_F64:
		if (!(status = ndi_run_copy_out(call, &host, one)))
			*(double *)value = ndk_load_f64(one->type, &element);
		break;
	case GET_I64:
		if (!(status = ndi_run_copy_out(call, &host, one)))
			*(int64_t *)value = ndk_load_i64(one->type, &element);
		break;
	case SET_F64:
		ndk_store_f64(one->type, &element, *(double *)value);
		status = ndi_run_copy_in(call, one, &host);
		break;
	case SET_I64:
		ndk_store_i64(one->type, &element, *(int64_t *)value);
		status = ndi_run_copy_in(call, one, &host);
		break;
	}
	return status;
}

static nd_status one_element(const char *operation, nd_array *array, int count,
			     const int64_t *index, enum element_way way, void *value)
{
	struct ndi_call call;
	void *at;
	nd_status status;

	if (!value || (count > 0 && !index))
		return ndi_fail(ND_ERR_ARGUMENT, "%s: no index or nowhere to put the value",
				operation);
	if ((status = ndi_call_begin(&call, operation, &array, 1, false)))
		return status;
	if (count == -1) { /* the only one, wherever it is */
		int64_t zeros[ND_MAX_DIMS] = {0};
		char text[NDI_SHAPE_TEXT];

		if (ndk_count(&call.in[0].view) != 1)
			status = ndi_fail(
				ND_ERR_SHAPE, "%s: shape %s is not one element", operation,
				ndi_shape_text(call.in[0].view.ndim, call.in[0].view.shape, text));
		else
			status = element(operation, &call.in[0].view, call.in[0].view.ndim, zeros,
					 &at);
	} else {
		status = element(operation, &call.in[0].view, count, index, &at);
	}
	if (!status) {
		struct ndk_view one = {.data = at, .type = call.in[0].view.type};

		status = convert_element(&call, &one, way, value);
	}
	return ndi_call_end(&call, status);
}

nd_status nd_array_get_f64(nd_array *array, int count, const int64_t *index, double *value)
{
	return one_element("get_f64", array, count < 0 ? ND_MAX_DIMS + 1 : count, index, GET_F64,
			   value);
}

nd_status nd_array_get_i64(nd_array *array, int count, const int64_t *index, int64_t *value)
{
	return one_element("get_i64", array, count < 0 ? ND_MAX_DIMS + 1 : count, index, GET_I64,
			   value);
}

nd_status nd_array_set_f64(nd_array *array, int count, const int64_t *index, double value)
{
	return one_element("set_f64", array, count < 0 ? ND_MAX_DIMS + 1 : count, index, SET_F64,
			   &value);
}

nd_status nd_array_set_i64(nd_array *array, int count, const int64_t *index, int64_t value)
{
	return one_element("set_i64", array, count < 0 ? ND_MAX_DIMS + 1 : count, index, SET_I64,
			   &value);
}

nd_status nd_array_item_f64(nd_array *array, double *value)
{
	return one_element("item_f64", array, -1, NULL, GET_F64, value);
}

nd_status nd_array_item_i64(nd_array *array, int64_t *value)
{
	return one_element("item_i64", array, -1, NULL, GET_I64, value);
}

/*
 * The elements of the call's operand into its result, which is elsewhere: those
 * not in the host's memory are copied there, and from there where the result is.
 */
static nd_status across(struct ndi_call *call, const struct ndk_view *out,
			const struct ndk_view *in, nd_device from,
			const struct ndi_device_ops *from_ops)
{
	nd_device to = call->device;
	const struct ndi_device_ops *to_ops = call->ops;
	struct ndk_view host = *in;
	void *block = NULL;
	size_t bytes = (size_t)ndk_count(in) * ndk_type_size(in->type);
	bool staged = from_ops->kernels && to_ops->kernels;
	nd_status status = ND_OK;

	if (!bytes)
		return ND_OK;
	if (!from_ops->kernels && !to_ops->kernels)
		return ndi_run_copy(call, out, in);
	if (staged || (!from_ops->kernels && !ndk_is_contiguous(in))) {
		host.data = block = ndi_alloc(bytes);
		if (!block)
			return ndi_no_memory(call->operation, bytes);
	}
	ndk_set_contiguous(&host);
	if (from_ops->kernels) {
		if (!staged)
			host.data = out->data;
		call->device = from;
		call->ops = from_ops;
		status = ndi_run_copy_out(call, &host, in);
		call->device = to;
		call->ops = to_ops;
	} else if (block) {
		status = ndi_call_kernel(call, ndk_copy(&host, in));
	}
	if (!status && to_ops->kernels)
		status = ndi_run_copy_in(call, out, &host);
	ndi_release(block);
	return status;
}

/* A contiguous copy of ARRAY, as TYPE or (-1) as it is, on DEVICE or (NULL) where it is. */
static nd_status copied(const char *operation, nd_array *array, int type, bool flat,
			const nd_device *device, nd_array **out)
{
	struct ndi_call call;
	const struct ndi_device_ops *from_ops;
	const struct ndk_view *in;
	struct ndk_view shaped;
	nd_device from;
	int64_t count;
	nd_status status;

	if (!out)
		return ndi_fail(ND_ERR_ARGUMENT, "%s: nowhere to put the array", operation);
	*out = NULL;
	if ((status = ndi_call_begin(&call, operation, &array, 1, true)))
		return status;
	in = &call.in[0].view;
	count = ndk_count(in);
	from = call.device;
	from_ops = call.ops;
	if (device)
		call.device = *device;
	status = ndi_call_output(&call, out, type < 0 ? in->type : (enum ndk_type)type,
				 flat ? 1 : in->ndim, flat ? &count : in->shape, false);
	if (!status) {
		shaped = *in;
		shaped.type = call.out[0].view.type;
		shaped.data = call.out[0].view.data;
		ndk_set_contiguous(&shaped);
		if (call.device.kind == from.kind && call.device.index == from.index)
			status = ndi_run_copy(&call, &shaped, in);
		else
			status = across(&call, &shaped, in, from, from_ops);
	}
	return ndi_call_end(&call, status);
}

nd_status nd_array_duplicate(nd_array *array, nd_array **out)
{
	NDI_SITE();
	return copied("duplicate", array, -1, false, NULL, out);
}

nd_status nd_flatten(nd_array *array, nd_array **out)
{
	NDI_SITE();
	return copied("flatten", array, -1, true, NULL, out);
}

nd_status nd_array_to_type(nd_array *array, nd_dtype dtype, nd_array **out)
{
	NDI_SITE();
	if ((unsigned)dtype > ND_BOOL) {
		if (out)
			*out = NULL;
		return ndi_fail(ND_ERR_TYPE, "to_type: there is no type %d", (int)dtype);
	}
	return copied("to_type", array, (int)dtype, false, NULL, out);
}

nd_status nd_array_to_device(nd_array *array, nd_device device, nd_array **out)
{
	const struct ndi_device_ops *ops;
	nd_status status;

	NDI_SITE();
	if (out)
		*out = NULL;
	if ((status = ndi_device_find("to_device", device, &ops)))
		return status;
	return copied("to_device", array, -1, false, &device, out);
}

static int text_sink(void *context, const void *bytes, size_t size)
{
	struct ndi_text *text = context;

	ndi_text_bytes(text, bytes, size);
	return text->failed ? -1 : 0;
}

nd_status nd_array_to_string(nd_array *array, char **out)
{
	struct ndi_text text = {NULL, 0, 0, false};
	struct ndk_sink sink = {text_sink, &text};
	struct ndk_format_options options;
	struct ndi_hosted h;
	struct ndi_call call;
	nd_status status;

	NDI_SITE();
	if (!out)
		return ndi_fail(ND_ERR_ARGUMENT, "to_string: nowhere to put the text");
	*out = NULL;
	if ((status = ndi_call_begin(&call, "to_string", &array, 1, false)))
		return status;
	ndk_format_defaults(&options);
	status = ndi_host_begin(&h, &call, (const struct ndk_view *[]){&call.in[0].view}, 1, 0);
	if (!status) {
		status = ndi_call_kernel(&call,
					 ndk_format(&h.view[0], &options, &sink, &ndi_scratch));
		status = ndi_host_end(&h, status);
	}
	if (text.failed)
		status = ndi_no_memory("to_string", text.length);
	status = ndi_call_end(&call, status);
	if (status)
		ndi_release(text.bytes);
	else
		*out = text.bytes;
	return status;
}
