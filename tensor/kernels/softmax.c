/* SPDX-License-Identifier: MIT */
/* Softmax and its logarithm, see ndk.h.  Thread-safe. */
#include "ndk_internal.h"

#include <math.h>

/* One contiguous line in f32: OUT may be IN. */
static void line_f32(float *out, const float *in, float *spare, size_t n, bool logarithm)
{
	const struct ndk_loops *loops = ndk_loops();
	float top = in[0], factor;
	double sum;

	loops->fold[NDK_MAXIMUM][NDK_F32](&top, in, n);
	sum = loops->shifted_exp_f32(logarithm ? spare : out, in, top, n);
	if (logarithm) {
		/* the maximum first: subtracting their sum would round away small differences */
		loops->binary[NDK_SUB][NDK_F32](out, in, &top, n, NDK_SCALAR_B);
		factor = (float)log(sum);
		loops->binary[NDK_SUB][NDK_F32](out, out, &factor, n, NDK_SCALAR_B);
	} else {
		factor = (float)(1 / sum);
		loops->binary[NDK_MUL][NDK_F32](out, out, &factor, n, NDK_SCALAR_B);
	}
}

static void line_f64(double *out, const double *in, double *spare, size_t n, bool logarithm)
{
	const struct ndk_loops *loops = ndk_loops();
	double top = in[0], factor;

	loops->fold[NDK_MAXIMUM][NDK_F64](&top, in, n);
	factor = loops->shifted_exp_f64(logarithm ? spare : out, in, top, n);
	if (logarithm) {
		loops->binary[NDK_SUB][NDK_F64](out, in, &top, n, NDK_SCALAR_B);
		factor = log(factor);
		loops->binary[NDK_SUB][NDK_F64](out, out, &factor, n, NDK_SCALAR_B);
	} else {
		loops->binary[NDK_DIV][NDK_F64](out, out, &factor, n, NDK_SCALAR_B);
	}
}

enum ndk_status ndk_softmax(const struct ndk_view *out, const struct ndk_view *in, int axis,
			    bool logarithm, const struct ndk_scratch *scratch)
{
	const struct ndk_view *views[] = {in, out};
	enum ndk_type as = ndk_compute_type(out->type);
	int64_t size = (int64_t)ndk_type_size(as), n;
	struct ndk_walk walk;
	char *line, *spare;

	if (!ndk_same_shape(out, in) || !ndk_axis_ok(in, axis))
		return NDK_BAD_SHAPE;
	if (!ndk_is_float(out->type))
		return NDK_BAD_TYPE;
	n = in->shape[axis];
	if (n == 0 || !ndk_walk_begin(&walk, views, 2, 1u << axis))
		return NDK_OK;
	line = scratch->alloc(scratch->context, (size_t)(2 * n * size));
	if (!line)
		return NDK_NO_MEMORY;
	spare = line + n * size;
	do {
		bool direct_in = in->type == as && in->stride[axis] == size;
		bool direct_out = out->type == as && out->stride[axis] == size;
		const void *from = direct_in ? walk.at[0] : line;
		void *to = direct_out ? walk.at[1] : line;

		if (!direct_in)
			ndk_convert_row(as, line, size, in->type, walk.at[0], in->stride[axis],
					(size_t)n);
		if (as == NDK_F32)
			line_f32(to, from, (float *)spare, (size_t)n, logarithm);
		else
			line_f64(to, from, (double *)spare, (size_t)n, logarithm);
		if (!direct_out)
			ndk_convert_row(out->type, walk.at[1], out->stride[axis], as, line, size,
					(size_t)n);
	} while (ndk_walk_next(&walk));
	scratch->free(scratch->context, line);
	return NDK_OK;
}
