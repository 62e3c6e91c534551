/* SPDX-License-Identifier: MIT */
/*
 * Elementwise operations on a GPU.  What the CPU's kernel refuses is refused
 * here too: it is asked, about no elements.
 */
#include "gpu.h"

/* VIEW with its type and without elements. */
static struct ndk_view none_of(const struct ndk_view *view)
{
	return (struct ndk_view){.data = NULL, .type = view->type, .ndim = 1, .shape = {0}};
}

/* The element of operand K given as a number is taken from its VIEW. */
static void numbers(struct ndi_call *call, struct ndg_elementwise *e, enum ndk_type type,
		    const struct ndk_view *const *views, int count)
{
	for (int k = 1; k < count; k++) {
		if (ndg_is_number(call, views[k]))
			ndg_number(&e->on[k], type, views[k]);
	}
}

static nd_status run(struct ndi_call *call, enum ndg_kernel kernel, const struct ndg_elementwise *e)
{
	return ndg_launch_each(call->operation, call->device.index, kernel, e->count, e);
}

/* An integer power takes no exponent below 0. */
static nd_status check_exponents(struct ndi_call *call, const struct ndg_elementwise *e,
				 enum ndk_type type)
{
	struct ndg_negative n = {.in = *e};
	int index = call->device.index;
	int32_t found = 0;
	void *flag;
	nd_status status;

	if (type == NDK_U8 || type == NDK_BOOL)
		return ND_OK;
	if (!e->on[2].data)
		return e->on[2].number.whole < 0 ? ndi_call_kernel(call, NDK_BAD_VALUE) : ND_OK;
	if ((status = ndg_alloc(call->operation, index, sizeof found, true, &flag)))
		return status;
	n.in.on[1] = e->on[2];
	n.flag = flag;
	status = ndg_launch_each(call->operation, index, NDG_K_negative, e->count, &n);
	if (!status)
		status = call->ops->copy_to_host(index, &found, flag, sizeof found);
	status = ndi_free_after(status, call, flag, sizeof found);
	if (!status && found)
		status = ndi_call_kernel(call, NDK_BAD_VALUE);
	return status;
}

nd_status ndg_binary(struct ndi_call *call, enum ndk_binary_op op, const struct ndk_view *out,
		     const struct ndk_view *a, const struct ndk_view *b)
{
	const struct ndk_view *views[] = {out, a, b};
	struct ndk_view none = none_of(out), left = none_of(a), right = none_of(b);
	bool power = op == NDK_POW || op == NDK_MOD;
	enum ndk_status answer = ndk_binary(op, &none, &left, &right);
	struct ndg_elementwise e;
	nd_status status;

	if (answer)
		return ndi_call_kernel(call, answer);
	ndg_plan(&e, views, 3);
	if (!e.count)
		return ND_OK;
	numbers(call, &e, out->type, views, 3);
	e.op = (int32_t)op;
	if (out->type == NDK_BOOL) /* of 0 and 1: or, and */
		e.op = op == NDK_ADD ? NDK_MAXIMUM : op == NDK_MUL ? NDK_MINIMUM : (int32_t)op;
	if (op == NDK_POW && !ndk_is_float(out->type) &&
	    (status = check_exponents(call, &e, out->type)))
		return status;
	return run(call, ndg_kernel_for(power ? NDG_K_power_f32 : NDG_K_binary_f32, out->type), &e);
}

nd_status ndg_unary(struct ndi_call *call, enum ndk_unary_op op, const struct ndk_view *out,
		    const struct ndk_view *in)
{
	const struct ndk_view *views[] = {out, in};
	struct ndk_view none = none_of(out), from = none_of(in);
	enum ndk_status answer = ndk_unary(op, &none, &from);
	enum ndg_kernel kernel = NDG_K_function_f32;
	struct ndg_elementwise e;

	if (answer)
		return ndi_call_kernel(call, answer);
	ndg_plan(&e, views, 2);
	if (!e.count)
		return ND_OK;
	e.op = (int32_t)op;
	switch (op) {
	case NDK_NEG:
	case NDK_ABS:
	case NDK_SQRT:
	case NDK_SQUARE:
	case NDK_FLOOR:
	case NDK_CEIL:
	case NDK_ROUND:
	case NDK_RELU: kernel = NDG_K_unary_f32; break;
	default: break;
	}
	return run(call, ndg_kernel_for(kernel, out->type), &e);
}

nd_status ndg_compare(struct ndi_call *call, enum ndk_compare_op op, const struct ndk_view *out,
		      const struct ndk_view *a, const struct ndk_view *b, enum ndk_type compute)
{
	const struct ndk_view *views[] = {out, a, b};
	struct ndg_elementwise e;

	if (out->type != NDK_BOOL)
		return ndi_call_kernel(call, NDK_BAD_TYPE);
	ndg_plan(&e, views, 3);
	if (!e.count)
		return ND_OK;
	numbers(call, &e, compute, views, 3);
	e.op = (int32_t)op;
	return run(call, ndg_kernel_for(NDG_K_compare_f32, compute), &e);
}

nd_status ndg_logical(struct ndi_call *call, enum ndk_logical_op op, const struct ndk_view *out,
		      const struct ndk_view *a, const struct ndk_view *b)
{
	struct ndg_elementwise e;

	if (out->type != NDK_BOOL)
		return ndi_call_kernel(call, NDK_BAD_TYPE);
	ndg_plan(&e, (const struct ndk_view *[]){out, a, b}, 3);
	e.op = (int32_t)op;
	return e.count ? run(call, NDG_K_logical, &e) : ND_OK;
}

nd_status ndg_test(struct ndi_call *call, enum ndk_test_op op, const struct ndk_view *out,
		   const struct ndk_view *in)
{
	struct ndg_elementwise e;

	if (out->type != NDK_BOOL)
		return ndi_call_kernel(call, NDK_BAD_TYPE);
	ndg_plan(&e, (const struct ndk_view *[]){out, in}, 2);
	e.op = (int32_t)op;
	return e.count ? run(call, NDG_K_test, &e) : ND_OK;
}

nd_status ndg_clip(struct ndi_call *call, const struct ndk_view *out, const struct ndk_view *in,
		   const struct ndk_view *low, const struct ndk_view *high)
{
	nd_status status;

	if (out->type == NDK_BOOL)
		return ndi_call_kernel(call, NDK_BAD_TYPE);
	if (!low && !high)
		return ndg_copy(call, out, in);
	if (low) {
		status = ndg_binary(call, NDK_MAXIMUM, out, in, low);
		if (status || !high)
			return status;
	}
	return ndg_binary(call, NDK_MINIMUM, out, low ? out : in, high);
}

nd_status ndg_where(struct ndi_call *call, const struct ndk_view *out,
		    const struct ndk_view *condition, const struct ndk_view *a,
		    const struct ndk_view *b)
{
	struct ndg_elementwise e;

	ndg_plan(&e, (const struct ndk_view *[]){out, condition, a, b}, 4);
	if (!e.count)
		return ND_OK;
	return run(call, ndg_kernel_for(NDG_K_where_f32, out->type), &e);
}

static nd_status range(struct ndi_call *call, const struct ndk_view *out, enum ndg_kernel kernel,
		       struct ndg_range r)
{
	r.count = ndk_count(out);
	r.out.data = out->data;
	r.out.type = (int32_t)out->type;
	r.out.stride[0] = out->stride[0];
	if (!r.count)
		return ND_OK;
	return ndg_launch_each(call->operation, call->device.index, kernel, r.count, &r);
}

nd_status ndg_arange(struct ndi_call *call, const struct ndk_view *out, double start, double step)
{
	return range(call, out, NDG_K_range_f64, (struct ndg_range){.start = start, .step = step});
}

nd_status ndg_arange_i64(struct ndi_call *call, const struct ndk_view *out, int64_t start,
			 int64_t step)
{
	return range(call, out, NDG_K_range_i64,
		     (struct ndg_range){.whole_start = start, .whole_step = step});
}
