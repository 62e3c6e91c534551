/* SPDX-License-Identifier: MIT */
/* New arrays: from a buffer, filled, counted, random. */
#include "device.h"

#include <math.h>
#include <string.h>

static nd_status no_target(const char *operation)
{
	return ndi_fail(ND_ERR_ARGUMENT, "%s: nowhere to put the array", operation);
}

/* Begin and allocate; on failure nothing is held. */
static nd_status begin(struct ndi_call *call, const char *operation, nd_manager *manager,
		       nd_dtype dtype, int ndim, const int64_t *shape, bool zeroed, nd_array **out)
{
	nd_status status;

	if (!out)
		return no_target(operation);
	*out = NULL;
	if ((status = ndi_call_create(call, operation, manager)))
		return status;
	status = ndi_call_output(call, out, (enum ndk_type)dtype, ndim, shape, zeroed);
	return status ? ndi_call_end(call, status) : ND_OK;
}

nd_status nd_create(nd_manager *manager, nd_dtype dtype, int ndim, const int64_t *shape,
		    const void *data, size_t bytes, nd_array **out)
{
	struct ndi_call call;
	char text[NDI_SHAPE_TEXT];
	int64_t count;
	size_t needed;
	nd_status status;

	NDI_SITE();
	if (!out)
		return no_target("create");
	*out = NULL;
	if ((status = ndi_check_shape("create", dtype, ndim, shape, &count, &needed)))
		return status;
	if (bytes != needed)
		return ndi_fail(
			ND_ERR_ARGUMENT, "create: shape %s of %s is %zu bytes, the buffer has %zu",
			ndi_shape_text(ndim, shape, text), nd_dtype_name(dtype), needed, bytes);
	if (bytes && !data)
		return ndi_fail(ND_ERR_ARGUMENT, "create: the buffer is NULL");
	if ((status = ndi_call_create(&call, "create", manager)))
		return status;
	status = ndi_call_output_checked(&call, out, (enum ndk_type)dtype, ndim, shape, bytes,
					 false);
	if (!status && bytes)
		status =
			call.ops->copy_from_host(call.device.index, call.out[0].block, data, bytes);
	return ndi_call_end(&call, status);
}

nd_status nd_empty(nd_manager *manager, nd_dtype dtype, int ndim, const int64_t *shape,
		   nd_array **out)
{
	struct ndi_call call;
	nd_status status;

	NDI_SITE();
	status = begin(&call, "empty", manager, dtype, ndim, shape, false, out);
	return status ? status : ndi_call_end(&call, ND_OK);
}

nd_status nd_zeros(nd_manager *manager, nd_dtype dtype, int ndim, const int64_t *shape,
		   nd_array **out)
{
	struct ndi_call call;
	nd_status status;

	NDI_SITE();
	status = begin(&call, "zeros", manager, dtype, ndim, shape, true, out);
	return status ? status : ndi_call_end(&call, ND_OK);
}

static nd_status filled(const char *operation, nd_manager *manager, nd_dtype dtype, int ndim,
			const int64_t *shape, double value, nd_array **out)
{
	struct ndi_call call;
	nd_status status = begin(&call, operation, manager, dtype, ndim, shape, false, out);

	if (status)
		return status;
	return ndi_call_end(&call,
			    ndi_call_kernel(&call, ndk_fill(&call.out[0].view, NDK_F64, &value)));
}

nd_status nd_ones(nd_manager *manager, nd_dtype dtype, int ndim, const int64_t *shape,
		  nd_array **out)
{
	NDI_SITE();
	return filled("ones", manager, dtype, ndim, shape, 1, out);
}

nd_status nd_full(nd_manager *manager, nd_dtype dtype, int ndim, const int64_t *shape, double value,
		  nd_array **out)
{
	NDI_SITE();
	return filled("full", manager, dtype, ndim, shape, value, out);
}

static bool is_whole(double value)
{
	return value == floor(value) && fabs(value) < 0x1p62;
}

nd_status nd_arange(nd_manager *manager, nd_dtype dtype, double start, double stop, double step,
		    nd_array **out)
{
	struct ndi_call call;
	enum ndk_status answer;
	int64_t count;
	nd_status status;

	NDI_SITE();
	if (out)
		*out = NULL;
	if (ndk_arange_count(start, stop, step, &count) != NDK_OK)
		return ndi_fail(ND_ERR_ARGUMENT,
				"arange: from %g to %g by %g is no finite number of steps", start,
				stop, step);
	if ((status = begin(&call, "arange", manager, dtype, 1, &count, false, out)))
		return status;
	if (!ndk_is_float((enum ndk_type)dtype) && is_whole(start) && is_whole(step))
		answer = ndk_arange_i64(&call.out[0].view, (int64_t)start, (int64_t)step);
	else
		answer = ndk_arange(&call.out[0].view, start, step);
	return ndi_call_end(&call, ndi_call_kernel(&call, answer));
}

nd_status nd_eye(nd_manager *manager, nd_dtype dtype, int64_t rows, int64_t columns,
		 int64_t diagonal, nd_array **out)
{
	struct ndi_call call;
	nd_status status;

	NDI_SITE();
	status = begin(&call, "eye", manager, dtype, ND_SHAPE(rows, columns), false, out);
	if (status)
		return status;
	return ndi_call_end(&call, ndi_call_kernel(&call, ndk_eye(&call.out[0].view, diagonal)));
}

nd_status nd_linspace(nd_manager *manager, nd_dtype dtype, double start, double stop, int64_t count,
		      bool endpoint, nd_array **out)
{
	struct ndi_call call;
	nd_status status;

	NDI_SITE();
	if ((status = begin(&call, "linspace", manager, dtype, 1, &count, false, out)))
		return status;
	return ndi_call_end(&call, ndi_call_kernel(&call, ndk_linspace(&call.out[0].view, start,
								       stop, endpoint)));
}

nd_status nd_random_uniform(nd_manager *manager, nd_dtype dtype, int ndim, const int64_t *shape,
			    double low, double high, uint64_t seed, nd_array **out)
{
	struct ndi_call call;
	struct ndk_rng rng;
	nd_status status;

	NDI_SITE();
	if ((status = begin(&call, "random_uniform", manager, dtype, ndim, shape, false, out)))
		return status;
	ndk_rng_seed(&rng, seed, 0);
	return ndi_call_end(
		&call,
		ndi_call_kernel(&call, ndk_random_uniform(&rng, &call.out[0].view, low, high)));
}

nd_status nd_random_normal(nd_manager *manager, nd_dtype dtype, int ndim, const int64_t *shape,
			   double mean, double deviation, uint64_t seed, nd_array **out)
{
	struct ndi_call call;
	struct ndk_rng rng;
	nd_status status;

	NDI_SITE();
	if ((status = begin(&call, "random_normal", manager, dtype, ndim, shape, false, out)))
		return status;
	ndk_rng_seed(&rng, seed, 0);
	return ndi_call_end(&call, ndi_call_kernel(&call, ndk_random_normal(&rng, &call.out[0].view,
									    mean, deviation)));
}

nd_status nd_random_integer(nd_manager *manager, nd_dtype dtype, int ndim, const int64_t *shape,
			    int64_t low, int64_t high, uint64_t seed, nd_array **out)
{
	struct ndi_call call;
	struct ndk_rng rng;
	nd_status status;

	NDI_SITE();
	if ((status = begin(&call, "random_integer", manager, dtype, ndim, shape, false, out)))
		return status;
	ndk_rng_seed(&rng, seed, 0);
	return ndi_call_end(
		&call,
		ndi_call_kernel(&call, ndk_random_integer(&rng, &call.out[0].view, low, high)));
}
