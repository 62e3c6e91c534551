/* SPDX-License-Identifier: MIT */
/* Elementwise operations: broadcasting and types of TYPES.md over the kernels. */
#include "ops.h"

#include <math.h>
#include <string.h>

static bool same_shape(const struct ndk_view *a, const struct ndk_view *b)
{
	return a->ndim == b->ndim &&
	       (a->ndim == 0 || !memcmp(a->shape, b->shape, (size_t)a->ndim * sizeof *a->shape));
}

nd_status ndi_broadcast_pair(const char *operation, struct ndk_view *a, struct ndk_view *b,
			     int *ndim, int64_t *shape)
{
	char left[NDI_SHAPE_TEXT], right[NDI_SHAPE_TEXT];
	struct ndk_view wide;

	if (same_shape(a, b)) {
		*ndim = a->ndim;
		if (a->ndim)
			memcpy(shape, a->shape, (size_t)a->ndim * sizeof *shape);
		return ND_OK;
	}
	if (ndk_broadcast_shape(a, b, ndim, shape) != NDK_OK)
		return ndi_fail(ND_ERR_SHAPE, "%s: %s and %s do not broadcast", operation,
				ndi_shape_text(a->ndim, a->shape, left),
				ndi_shape_text(b->ndim, b->shape, right));
	ndk_broadcast_to(a, *ndim, shape, &wide);
	*a = wide;
	ndk_broadcast_to(b, *ndim, shape, &wide);
	*b = wide;
	return ND_OK;
}

static int kind_rank(enum ndk_type type)
{
	return type == NDK_BOOL ? 0 : ndk_is_float(type) ? 2 : 1;
}

/* Does the whole VALUE fit TYPE, an integer type? */
static bool fits(enum ndk_type type, double value)
{
	switch (type) {
	case NDK_I8: return value >= -128 && value <= 127;
	case NDK_U8: return value >= 0 && value <= 255;
	case NDK_I32: return value >= INT32_MIN && value <= INT32_MAX;
	default: return true;
	}
}

enum ndk_type ndi_scalar_type(enum ndk_type array, double value)
{
	bool whole = value == floor(value) && fabs(value) <= 0x1p53;

	if (kind_rank(array) == 2)
		return array;
	if (!whole)
		return NDK_F64;
	if (array == NDK_BOOL)
		return NDK_I64;
	return fits(array, value) ? array : fits(NDK_I32, value) ? NDK_I32 : NDK_I64;
}

struct ndk_view ndi_scalar_view(double value, enum ndk_type type, uint64_t *element,
				const struct ndk_view *like)
{
	struct ndk_view view = *like;

	*element = 0;
	if (ndk_is_float(type))
		ndk_store_f64(type, element, value);
	else
		ndk_store_i64(type, element, (int64_t)value);
	view.data = element;
	view.type = type;
	memset(view.stride, 0, sizeof view.stride);
	return view;
}

/* The type OP computes in, and gives, for operands that combine to TYPE. */
static enum ndk_type binary_type(enum ndk_binary_op op, enum ndk_type type)
{
	if (op == NDK_DIV && !ndk_is_float(type))
		return NDK_F64;
	if ((op == NDK_POW || op == NDK_MOD) && type == NDK_BOOL)
		return NDK_I8;
	return type;
}

static nd_status binary(const char *name, enum ndk_binary_op op, nd_array *a, nd_array *b,
			nd_array **out)
{
	struct ndi_call call;
	struct ndk_view left, right;
	int64_t shape[ND_MAX_DIMS];
	enum ndk_type type;
	int ndim;
	nd_status status;

	if (!out)
		return ndi_no_target(name);
	*out = NULL;
	if ((status = ndi_call_begin(&call, name, (nd_array *const[]){a, b}, 2, true)))
		return status;
	left = call.in[0].view;
	right = call.in[1].view;
	type = binary_type(op, ndk_promote(left.type, right.type));
	status = ndi_broadcast_pair(name, &left, &right, &ndim, shape);
	if (!status)
		status = ndi_call_output(&call, out, type, ndim, shape, false);
	if (!status)
		status = ndi_run_binary(&call, op, &call.out[0].view, &left, &right);
	return ndi_call_end(&call, status);
}

static nd_status binary_scalar(const char *name, enum ndk_binary_op op, nd_array *a, double b,
			       nd_array **out)
{
	struct ndi_call call;
	const struct ndk_view *left;
	struct ndk_view right;
	enum ndk_type type, scalar;
	uint64_t element;
	nd_status status;

	if (!out)
		return ndi_no_target(name);
	*out = NULL;
	if ((status = ndi_call_begin(&call, name, &a, 1, true)))
		return status;
	left = &call.in[0].view;
	scalar = ndi_scalar_type(left->type, b);
	type = binary_type(op, ndk_promote(left->type, scalar));
	right = ndi_scalar_view(b, type, &element, left);
	status = ndi_call_output(&call, out, type, left->ndim, left->shape, false);
	if (!status)
		status = ndi_run_binary(&call, op, &call.out[0].view, left, &right);
	return ndi_call_end(&call, status);
}

/* In place: may a result of type RESULT be put into an array of type KEPT? */
static nd_status kept_type(const char *operation, enum ndk_type kept, enum ndk_type result)
{
	if (kind_rank(result) <= kind_rank(kept))
		return ND_OK;
	return ndi_fail(ND_ERR_TYPE, "%s_in_place: the result is %s, the array %s", operation,
			ndk_type_name(result), ndk_type_name(kept));
}

/* A op B into A's elements; B spread to A's shape, its storage SHARED with A or not. */
static nd_status into(struct ndi_call *call, enum ndk_binary_op op, enum ndk_type type,
		      const struct ndk_view *b, bool shared)
{
	const struct ndk_view *a = &call->in[0].view;
	struct ndk_view work;
	nd_status status;

	if ((status = kept_type(call->operation, a->type, type)))
		return status;
	if (type == a->type && !shared)
		return ndi_run_binary(call, op, a, a, b);
	/* Computed in its own type and clear of what it reads, then converted. */
	if ((status = ndi_work_begin(call, type, a, &work)))
		return status;
	status = ndi_run_binary(call, op, &work, a, b);
	if (!status)
		status = ndi_run_copy(call, a, &work);
	return ndi_work_end(call, &work, status);
}

static nd_status binary_in_place(const char *name, enum ndk_binary_op op, nd_array *a, nd_array *b)
{
	struct ndi_call call;
	struct ndk_view *left, right;
	char to[NDI_SHAPE_TEXT], from[NDI_SHAPE_TEXT];
	enum ndk_type type;
	bool shared;
	nd_status status;

	if ((status = ndi_call_begin(&call, name, (nd_array *const[]){a, b}, 2, false)))
		return status;
	left = &call.in[0].view;
	if (ndk_broadcast_to(&call.in[1].view, left->ndim, left->shape, &right) != NDK_OK) {
		status = ndi_fail(ND_ERR_SHAPE, "%s_in_place: %s does not broadcast to %s", name,
				  ndi_shape_text(call.in[1].view.ndim, call.in[1].view.shape, from),
				  ndi_shape_text(left->ndim, left->shape, to));
		return ndi_call_end(&call, status);
	}
	type = binary_type(op, ndk_promote(left->type, right.type));
	/* The very same elements in the same order may be read and written. */
	shared = call.in[0].storage == call.in[1].storage &&
		 (left->data != right.data || left->type != right.type ||
		  (left->ndim &&
		   memcmp(left->stride, right.stride, (size_t)left->ndim * sizeof *left->stride)));
	return ndi_call_end(&call, into(&call, op, type, &right, shared));
}

static nd_status binary_scalar_in_place(const char *name, enum ndk_binary_op op, nd_array *a,
					double b)
{
	struct ndi_call call;
	struct ndk_view right;
	enum ndk_type type;
	uint64_t element;
	nd_status status;

	if ((status = ndi_call_begin(&call, name, &a, 1, false)))
		return status;
	type = call.in[0].view.type;
	type = binary_type(op, ndk_promote(type, ndi_scalar_type(type, b)));
	right = ndi_scalar_view(b, type, &element, &call.in[0].view);
	return ndi_call_end(&call, into(&call, op, type, &right, false));
}

#define DEFINE_BINARY(name, op)                                                                    \
	nd_status nd_##name(nd_array *a, nd_array *b, nd_array **out)                              \
	{                                                                                          \
		NDI_SITE();                                                                        \
		return binary(#name, op, a, b, out);                                               \
	}                                                                                          \
	nd_status nd_##name##_scalar(nd_array *a, double b, nd_array **out)                        \
	{                                                                                          \
		NDI_SITE();                                                                        \
		return binary_scalar(#name, op, a, b, out);                                        \
	}                                                                                          \
	nd_status nd_##name##_in_place(nd_array *a, nd_array *b)                                   \
	{                                                                                          \
		NDI_SITE();                                                                        \
		return binary_in_place(#name, op, a, b);                                           \
	}                                                                                          \
	nd_status nd_##name##_scalar_in_place(nd_array *a, double b)                               \
	{                                                                                          \
		NDI_SITE();                                                                        \
		return binary_scalar_in_place(#name, op, a, b);                                    \
	}

DEFINE_BINARY(add, NDK_ADD)
DEFINE_BINARY(sub, NDK_SUB)
DEFINE_BINARY(mul, NDK_MUL)
DEFINE_BINARY(div, NDK_DIV)
DEFINE_BINARY(pow, NDK_POW)
DEFINE_BINARY(mod, NDK_MOD)
DEFINE_BINARY(maximum, NDK_MAXIMUM)
DEFINE_BINARY(minimum, NDK_MINIMUM)

static nd_status clip(const char *name, nd_array *a, double low, double high, nd_array **out)
{
	struct ndi_call call;
	struct ndk_view views[2];
	const struct ndk_view *in, *result;
	uint64_t elements[2];
	enum ndk_type type;
	bool has_low = low != -INFINITY, has_high = high != INFINITY;
	nd_status status;

	if ((status = ndi_call_begin(&call, name, &a, 1, out != NULL)))
		return status;
	in = &call.in[0].view;
	type = in->type;
	if (has_low)
		type = ndk_promote(type, ndi_scalar_type(in->type, low));
	if (has_high)
		type = ndk_promote(type, ndi_scalar_type(in->type, high));
	if (out) {
		status = ndi_call_output(&call, out, type, in->ndim, in->shape, false);
		result = &call.out[0].view;
	} else {
		status = kept_type(name, in->type, type);
		result = in;
		/* A bound that the array's type has no room for stays where it is. */
		if (!status && type != in->type)
			status = ndi_fail(ND_ERR_ARGUMENT,
					  "%s_in_place: a bound of %g to %g is no %s", name, low,
					  high, ndk_type_name(in->type));
	}
	if (!status) {
		views[0] = ndi_scalar_view(has_low ? low : 0, type, &elements[0], in);
		views[1] = ndi_scalar_view(has_high ? high : 0, type, &elements[1], in);
		status = ndi_run_clip(&call, result, in, has_low ? &views[0] : NULL,
				      has_high ? &views[1] : NULL);
	}
	return ndi_call_end(&call, status);
}

nd_status nd_clip(nd_array *a, double low, double high, nd_array **out)
{
	NDI_SITE();
	if (!out)
		return ndi_no_target("clip");
	*out = NULL;
	return clip("clip", a, low, high, out);
}

nd_status nd_clip_in_place(nd_array *a, double low, double high)
{
	NDI_SITE();
	return clip("clip", a, low, high, NULL);
}

/* The float type of an integer's square root: f16 for 8 bits and bool, else f64. */
static enum ndk_type float_type(enum ndk_type type)
{
	if (ndk_is_float(type))
		return type;
	return type == NDK_I32 || type == NDK_I64 ? NDK_F64 : NDK_F16;
}

/* What OP gives for TYPE: the float operations make floats of integers. */
static enum ndk_type unary_type(enum ndk_unary_op op, enum ndk_type type)
{
	switch (op) {
	case NDK_NEG:
	case NDK_ABS:
	case NDK_SQUARE:
	case NDK_FLOOR:
	case NDK_CEIL:
	case NDK_ROUND:
	case NDK_RELU: return type;
	default: return float_type(type);
	}
}

static nd_status unary(const char *name, enum ndk_unary_op op, nd_array *a, nd_array **out)
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
	status = ndi_call_output(&call, out, unary_type(op, in->type), in->ndim, in->shape, false);
	if (!status)
		status = ndi_run_unary(&call, op, &call.out[0].view, in);
	return ndi_call_end(&call, status);
}

static nd_status unary_in_place(const char *name, enum ndk_unary_op op, nd_array *a)
{
	struct ndi_call call;
	const struct ndk_view *in;
	nd_status status;

	if ((status = ndi_call_begin(&call, name, &a, 1, false)))
		return status;
	in = &call.in[0].view;
	status = kept_type(name, in->type, unary_type(op, in->type));
	if (!status)
		status = ndi_run_unary(&call, op, in, in);
	return ndi_call_end(&call, status);
}

#define DEFINE_UNARY(name, op)                                                                     \
	nd_status nd_##name(nd_array *a, nd_array **out)                                           \
	{                                                                                          \
		NDI_SITE();                                                                        \
		return unary(#name, op, a, out);                                                   \
	}                                                                                          \
	nd_status nd_##name##_in_place(nd_array *a)                                                \
	{                                                                                          \
		NDI_SITE();                                                                        \
		return unary_in_place(#name, op, a);                                               \
	}

DEFINE_UNARY(neg, NDK_NEG)
DEFINE_UNARY(abs, NDK_ABS)
DEFINE_UNARY(sqrt, NDK_SQRT)
DEFINE_UNARY(square, NDK_SQUARE)
DEFINE_UNARY(exp, NDK_EXP)
DEFINE_UNARY(log, NDK_LOG)
DEFINE_UNARY(floor, NDK_FLOOR)
DEFINE_UNARY(ceil, NDK_CEIL)
DEFINE_UNARY(round, NDK_ROUND)
DEFINE_UNARY(sin, NDK_SIN)
DEFINE_UNARY(cos, NDK_COS)
DEFINE_UNARY(tan, NDK_TAN)
DEFINE_UNARY(asin, NDK_ASIN)
DEFINE_UNARY(acos, NDK_ACOS)
DEFINE_UNARY(atan, NDK_ATAN)
DEFINE_UNARY(tanh, NDK_TANH)
DEFINE_UNARY(sigmoid, NDK_SIGMOID)
DEFINE_UNARY(relu, NDK_RELU)
