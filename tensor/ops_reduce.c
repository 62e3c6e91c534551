/* SPDX-License-Identifier: MIT */
/* Reductions over axes, and running sums. */
#include "ops.h"

#include <math.h>

static enum ndk_type reduced_type(enum ndk_reduce_op op, enum ndk_type type)
{
	switch (op) {
	case NDK_SUM:
	case NDK_PROD: return ndk_is_float(type) ? type : NDK_I64;
	case NDK_MEAN:
	case NDK_MEDIAN:
	case NDK_NORM1:
	case NDK_NORM2:
	case NDK_NORMINF: return ndk_is_float(type) ? type : NDK_F64;
	case NDK_ALL:
	case NDK_ANY: return NDK_BOOL;
	case NDK_ARGMAX:
	case NDK_ARGMIN: return NDK_I64;
	default: return type;
	}
}

static nd_status reduce(const char *name, enum ndk_reduce_op op, nd_array *a, int count,
			const int *axes, bool keep, nd_array **out)
{
	struct ndi_call call;
	const struct ndk_view *in;
	struct ndk_view full;
	int64_t kept[ND_MAX_DIMS];
	unsigned mask;
	int i, ndim = 0;
	nd_status status;

	if (!out)
		return ndi_no_target(name);
	*out = NULL;
	if ((status = ndi_call_begin(&call, name, &a, 1, true)))
		return status;
	in = &call.in[0].view;
	if ((status = ndi_axes(name, in->ndim, count, axes, &mask)))
		return ndi_call_end(&call, status);
	full = *in;
	for (i = 0; i < in->ndim; i++) {
		if (mask & 1U << i)
			full.shape[i] = 1;
		if (keep || !(mask & 1U << i))
			kept[ndim++] = full.shape[i];
	}
	status = ndi_call_output(&call, out, reduced_type(op, in->type), ndim, kept, false);
	if (!status) {
		/* The same memory, with the reduced axes in it. */
		full.type = call.out[0].view.type;
		full.data = call.out[0].view.data;
		ndk_set_contiguous(&full);
		status = ndi_run_reduce(&call, op, &full, in, mask);
	}
	return ndi_call_end(&call, status);
}

#define DEFINE_REDUCE(name, op)                                                                    \
	nd_status nd_##name(nd_array *a, int count, const int *axes, bool keep, nd_array **out)    \
	{                                                                                          \
		NDI_SITE();                                                                        \
		return reduce(#name, op, a, count, axes, keep, out);                               \
	}

DEFINE_REDUCE(sum, NDK_SUM)
DEFINE_REDUCE(mean, NDK_MEAN)
DEFINE_REDUCE(prod, NDK_PROD)
DEFINE_REDUCE(max, NDK_MAX)
DEFINE_REDUCE(min, NDK_MIN)
DEFINE_REDUCE(argmax, NDK_ARGMAX)
DEFINE_REDUCE(argmin, NDK_ARGMIN)
DEFINE_REDUCE(all, NDK_ALL)
DEFINE_REDUCE(any, NDK_ANY)
DEFINE_REDUCE(median, NDK_MEDIAN)

nd_status nd_norm(nd_array *a, double order, int count, const int *axes, bool keep, nd_array **out)
{
	NDI_SITE();
	if (order == 1)
		return reduce("norm", NDK_NORM1, a, count, axes, keep, out);
	if (order == 2)
		return reduce("norm", NDK_NORM2, a, count, axes, keep, out);
	if (order == INFINITY)
		return reduce("norm", NDK_NORMINF, a, count, axes, keep, out);
	if (out)
		*out = NULL;
	return ndi_fail(ND_ERR_ARGUMENT, "norm: order %g; 1, 2 and infinity are known", order);
}

nd_status nd_cumsum(nd_array *a, int axis, nd_array **out)
{
	struct ndi_call call;
	struct ndi_hosted h;
	const struct ndk_view *in;
	int at;
	nd_status status;

	NDI_SITE();
	if (!out)
		return ndi_no_target("cumsum");
	*out = NULL;
	if ((status = ndi_call_begin(&call, "cumsum", &a, 1, true)))
		return status;
	in = &call.in[0].view;
	status = ndi_axis("cumsum", in->ndim, axis, &at);
	if (!status)
		status = ndi_call_output(&call, out, reduced_type(NDK_SUM, in->type), in->ndim,
					 in->shape, false);
	if (!status)
		status = ndi_host_begin(&h, &call,
					(const struct ndk_view *[]){&call.out[0].view, in}, 2, 1);
	if (!status) {
		status = ndi_call_kernel(&call, ndk_cumsum(&h.view[0], &h.view[1], at));
		status = ndi_host_end(&h, status);
	}
	return ndi_call_end(&call, status);
}
