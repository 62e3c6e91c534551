/* SPDX-License-Identifier: MIT */
/* Comparisons, truth, and choosing by it. */
#include "ops.h"

/* Two operands in one shape, and the truths about them to be filled in; a failed call has ended. */
static nd_status begin_truths(struct ndi_call *call, const char *name, nd_array *a, nd_array *b,
			      nd_array **out, struct ndk_view *left, struct ndk_view *right)
{
	int64_t shape[ND_MAX_DIMS];
	int ndim;
	nd_status status;

	if (!out)
		return ndi_no_target(name);
	*out = NULL;
	if ((status = ndi_call_begin(call, name, (nd_array *const[]){a, b}, 2, true)))
		return status;
	*left = call->in[0].view;
	*right = call->in[1].view;
	status = ndi_broadcast_pair(name, left, right, &ndim, shape);
	if (!status)
		status = ndi_call_output(call, out, NDK_BOOL, ndim, shape, false);
	return status ? ndi_call_end(call, status) : ND_OK;
}

static nd_status compare(const char *name, enum ndk_compare_op op, nd_array *a, nd_array *b,
			 nd_array **out)
{
	struct ndi_call call;
	struct ndk_view left, right;
	nd_status status = begin_truths(&call, name, a, b, out, &left, &right);

	if (status)
		return status;
	return ndi_call_end(&call, ndi_run_compare(&call, op, &call.out[0].view, &left, &right,
						   ndk_promote(left.type, right.type)));
}

static nd_status compare_scalar(const char *name, enum ndk_compare_op op, nd_array *a, double b,
				nd_array **out)
{
	struct ndi_call call;
	struct ndk_view left, right;
	uint64_t element;
	enum ndk_type type;
	nd_status status;

	if (!out)
		return ndi_no_target(name);
	*out = NULL;
	if ((status = ndi_call_begin(&call, name, &a, 1, true)))
		return status;
	left = call.in[0].view;
	type = ndk_promote(left.type, ndi_scalar_type(left.type, b));
	/* In the type it is compared in, before f16 and bf16 compute in f32. */
	right = ndi_scalar_view(b, type, &element, &left);
	status = ndi_call_output(&call, out, NDK_BOOL, left.ndim, left.shape, false);
	if (!status)
		status = ndi_run_compare(&call, op, &call.out[0].view, &left, &right, type);
	return ndi_call_end(&call, status);
}

#define DEFINE_COMPARE(name, op)                                                                   \
	nd_status nd_##name(nd_array *a, nd_array *b, nd_array **out)                              \
	{                                                                                          \
		NDI_SITE();                                                                        \
		return compare(#name, op, a, b, out);                                              \
	}                                                                                          \
	nd_status nd_##name##_scalar(nd_array *a, double b, nd_array **out)                        \
	{                                                                                          \
		NDI_SITE();                                                                        \
		return compare_scalar(#name, op, a, b, out);                                       \
	}

DEFINE_COMPARE(eq, NDK_EQ)
DEFINE_COMPARE(neq, NDK_NE)
DEFINE_COMPARE(gt, NDK_GT)
DEFINE_COMPARE(gte, NDK_GE)
DEFINE_COMPARE(lt, NDK_LT)
DEFINE_COMPARE(lte, NDK_LE)

static nd_status logical(const char *name, enum ndk_logical_op op, nd_array *a, nd_array *b,
			 nd_array **out)
{
	struct ndi_call call;
	struct ndk_view left, right;
	nd_status status = begin_truths(&call, name, a, b, out, &left, &right);

	if (status)
		return status;
	return ndi_call_end(&call, ndi_run_logical(&call, op, &call.out[0].view, &left, &right));
}

nd_status nd_logical_and(nd_array *a, nd_array *b, nd_array **out)
{
	NDI_SITE();
	return logical("logical_and", NDK_AND, a, b, out);
}

nd_status nd_logical_or(nd_array *a, nd_array *b, nd_array **out)
{
	NDI_SITE();
	return logical("logical_or", NDK_OR, a, b, out);
}

nd_status nd_logical_xor(nd_array *a, nd_array *b, nd_array **out)
{
	NDI_SITE();
	return logical("logical_xor", NDK_XOR, a, b, out);
}

static nd_status test(const char *name, enum ndk_test_op op, nd_array *a, nd_array **out)
{
	struct ndi_call call;
	const struct ndk_view *in;
	nd_status status;

	if (!out)
		return ndi_no_target(name);
	*out = NULL;
	if ((status = ndi_call_begin(&call, name, &a, 1, true)))
		return status;
	in = &call.in[0].view;
	status = ndi_call_output(&call, out, NDK_BOOL, in->ndim, in->shape, false);
	if (!status)
		status = ndi_run_test(&call, op, &call.out[0].view, in);
	return ndi_call_end(&call, status);
}

nd_status nd_logical_not(nd_array *a, nd_array **out)
{
	NDI_SITE();
	return test("logical_not", NDK_NOT, a, out);
}

nd_status nd_isnan(nd_array *a, nd_array **out)
{
	NDI_SITE();
	return test("isnan", NDK_ISNAN, a, out);
}

nd_status nd_isinf(nd_array *a, nd_array **out)
{
	NDI_SITE();
	return test("isinf", NDK_ISINF, a, out);
}

nd_status nd_isfinite(nd_array *a, nd_array **out)
{
	NDI_SITE();
	return test("isfinite", NDK_ISFINITE, a, out);
}

nd_status nd_allclose(nd_array *a, nd_array *b, double relative, double absolute, bool equal_nan,
		      bool *result)
{
	struct ndi_hosted h;
	struct ndi_call call;
	struct ndk_view left, right;
	int64_t shape[ND_MAX_DIMS];
	int ndim;
	nd_status status;

	NDI_SITE();
	if (!result)
		return ndi_no_target("allclose");
	*result = false;
	status = ndi_call_begin(&call, "allclose", (nd_array *const[]){a, b}, 2, false);
	if (status)
		return status;
	left = call.in[0].view;
	right = call.in[1].view;
	status = ndi_broadcast_pair("allclose", &left, &right, &ndim, shape);
	if (!status)
		status =
			ndi_host_begin(&h, &call, (const struct ndk_view *[]){&left, &right}, 2, 0);
	if (!status) {
		status = ndi_call_kernel(&call, ndk_allclose(&h.view[0], &h.view[1], relative,
							     absolute, equal_nan, result));
		status = ndi_host_end(&h, status);
	}
	return ndi_call_end(&call, status);
}

nd_status nd_where(nd_array *condition, nd_array *a, nd_array *b, nd_array **out)
{
	struct ndi_call call;
	struct ndk_view choice, left, right, shaped, wide;
	int64_t shape[ND_MAX_DIMS];
	int ndim;
	nd_status status;

	NDI_SITE();
	if (!out)
		return ndi_no_target("where");
	*out = NULL;
	status = ndi_call_begin(&call, "where", (nd_array *const[]){condition, a, b}, 3, true);
	if (status)
		return status;
	choice = call.in[0].view;
	left = call.in[1].view;
	right = call.in[2].view;
	status = ndi_broadcast_pair("where", &left, &right, &ndim, shape);
	if (!status) {
		shaped = left;
		status = ndi_broadcast_pair("where", &choice, &shaped, &ndim, shape);
	}
	if (!status) {
		ndk_broadcast_to(&left, ndim, shape, &wide);
		left = wide;
		ndk_broadcast_to(&right, ndim, shape, &wide);
		right = wide;
		status = ndi_call_output(&call, out, ndk_promote(left.type, right.type), ndim,
					 shape, false);
	}
	if (!status)
		status = ndi_run_where(&call, &call.out[0].view, &choice, &left, &right);
	return ndi_call_end(&call, status);
}
