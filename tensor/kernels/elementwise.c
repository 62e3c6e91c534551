/* SPDX-License-Identifier: MIT */
/*
 * Elementwise operations, see ndk.h: rows of the operands go to the innermost
 * loops as they lie where type and stride allow, else in converted chunks.
 * Thread-safe.
 */
#include "ndk_internal.h"

#include <math.h>

static size_t chunk_of(int64_t left)
{
	return left < NDK_CHUNK ? (size_t)left : NDK_CHUNK;
}

/* An operand as the loops want it: where the row lies, or one element of it. */
struct operand {
	bool direct; /* no conversion, contiguous */
	bool scalar; /* one element for the whole row */
};

static struct operand classify(enum ndk_type as, enum ndk_type type, int64_t step, int64_t n)
{
	int64_t size = (int64_t)ndk_type_size(as);
	bool same = as == type && as != NDK_BOOL;

	return (struct operand){
		.direct = same && (step == size || step == 0 || n == 1),
		.scalar = step == 0,
	};
}

/*
 * Elements of SIZE bytes from P to the next cache line, where a row of N is long enough to
 * gain by beginning there.
 */
#define LONG_ROW ((size_t)16 << 10)
static size_t to_line(const void *p, size_t size, size_t n)
{
	size_t past = ndk_past_line(p, size);

	return past && n * size >= LONG_ROW ? NDK_LINE / size - past : 0;
}

/* Runs LOOP over every row of OUT (computed in COMPUTE) = A, B. */
static enum ndk_status run_binary(ndk_loop2 *loop, const struct ndk_view *out, enum ndk_type result,
				  const struct ndk_view *a, const struct ndk_view *b,
				  enum ndk_type compute)
{
	const struct ndk_view *views[] = {out, a, b};
	union ndk_chunk buffer_a, buffer_b, buffer_out;
	int64_t size = (int64_t)ndk_type_size(result);
	size_t width = ndk_type_size(compute);
	struct operand to, x, y;
	struct ndk_rows rows;
	enum ndk_status status = ndk_rows_begin(&rows, views, 3);
	unsigned scalars;

	if (status || rows.empty)
		return status;
	to.direct = out->type == result && (rows.step[0] == size || rows.length == 1);
	x = classify(compute, a->type, rows.step[1], rows.length);
	y = classify(compute, b->type, rows.step[2], rows.length);
	scalars = (x.scalar ? NDK_SCALAR_A : 0) | (y.scalar ? NDK_SCALAR_B : 0);
	do {
		char *o = rows.at[0], *p = rows.at[1], *q = rows.at[2];
		size_t n;

		if (to.direct && x.direct && y.direct) {
			bool streamed = !scalars && (size_t)size == width &&
					ndk_is_streamed(width, (size_t)rows.length);

			n = to_line(streamed ? o : x.scalar ? q : p, width, (size_t)rows.length);
			if (n) {
				loop(o, p, q, n, scalars);
				o += (int64_t)n * rows.step[0];
				p += (int64_t)n * rows.step[1];
				q += (int64_t)n * rows.step[2];
			}
			loop(o, p, q, (size_t)rows.length - n, scalars);
			continue;
		}
		for (int64_t left = rows.length; left; left -= (int64_t)n) {
			const void *from_a = p, *from_b = q;

			n = chunk_of(left);
			if (!x.direct)
				from_a = ndk_row_as(compute, a->type, p, rows.step[1],
						    x.scalar ? 1 : n, &buffer_a);
			if (!y.direct)
				from_b = ndk_row_as(compute, b->type, q, rows.step[2],
						    y.scalar ? 1 : n, &buffer_b);
			loop(to.direct ? (void *)o : &buffer_out, from_a, from_b, n, scalars);
			if (!to.direct)
				ndk_convert_row(out->type, o, rows.step[0], result, &buffer_out,
						size, n);
			o += (int64_t)n * rows.step[0];
			p += (int64_t)n * rows.step[1];
			q += (int64_t)n * rows.step[2];
		}
	} while (ndk_rows_next(&rows));
	return NDK_OK;
}

static enum ndk_status run_unary(ndk_loop1 *loop, const struct ndk_view *out, enum ndk_type result,
				 const struct ndk_view *in, enum ndk_type compute)
{
	const struct ndk_view *views[] = {out, in};
	union ndk_chunk buffer_in, buffer_out;
	int64_t size = (int64_t)ndk_type_size(result);
	int64_t from_size = (int64_t)ndk_type_size(compute);
	struct ndk_rows rows;
	enum ndk_status status = ndk_rows_begin(&rows, views, 2);
	bool direct_out, direct_in;

	if (status || rows.empty)
		return status;
	direct_out = out->type == result && (rows.step[0] == size || rows.length == 1);
	direct_in = in->type == compute && compute != NDK_BOOL &&
		    (rows.step[1] == from_size || rows.length == 1);
	do {
		char *o = rows.at[0], *p = rows.at[1];
		size_t n;

		if (direct_out && direct_in) {
			n = to_line(p, (size_t)from_size, (size_t)rows.length);
			if (n) {
				loop(o, p, n);
				o += (int64_t)n * rows.step[0];
				p += (int64_t)n * rows.step[1];
			}
			loop(o, p, (size_t)rows.length - n);
			continue;
		}
		for (int64_t left = rows.length; left; left -= (int64_t)n) {
			const void *from;

			n = chunk_of(left);
			from = ndk_row_as(compute, in->type, p, rows.step[1], n, &buffer_in);
			loop(direct_out ? (void *)o : &buffer_out, from, n);
			if (!direct_out)
				ndk_convert_row(out->type, o, rows.step[0], result, &buffer_out,
						size, n);
			o += (int64_t)n * rows.step[0];
			p += (int64_t)n * rows.step[1];
		}
	} while (ndk_rows_next(&rows));
	return NDK_OK;
}

/* Any element below zero: what an integer power does not take. */
static bool has_negative(const struct ndk_view *view, enum ndk_type as)
{
	const struct ndk_view *views[] = {view};
	struct ndk_rows rows;

	if (as == NDK_U8 || ndk_rows_begin(&rows, views, 1) || rows.empty)
		return false;
	do {
		for (int64_t i = 0; i < (rows.step[0] ? rows.length : 1); i++) {
			union ndk_chunk one;

			ndk_convert_row(as, &one, 0, view->type, rows.at[0] + i * rows.step[0], 0,
					1);
			if (ndk_load_i64(as, &one) < 0)
				return true;
		}
	} while (ndk_rows_next(&rows));
	return false;
}

enum ndk_status ndk_binary(enum ndk_binary_op op, const struct ndk_view *out,
			   const struct ndk_view *a, const struct ndk_view *b)
{
	enum ndk_type compute = ndk_compute_type(out->type);
	ndk_loop2 *loop = ndk_loops()->binary[op][compute];

	if (!loop)
		return NDK_BAD_TYPE;
	if (op == NDK_POW && !ndk_is_float(compute) && has_negative(b, compute))
		return NDK_BAD_VALUE;
	return run_binary(loop, out, compute, a, b, compute);
}

enum ndk_status ndk_unary(enum ndk_unary_op op, const struct ndk_view *out,
			  const struct ndk_view *in)
{
	enum ndk_type compute = ndk_compute_type(out->type);
	ndk_loop1 *loop = ndk_loops()->unary[op][compute];

	return loop ? run_unary(loop, out, compute, in, compute) : NDK_BAD_TYPE;
}

enum ndk_status ndk_compare(enum ndk_compare_op op, const struct ndk_view *out,
			    const struct ndk_view *a, const struct ndk_view *b,
			    enum ndk_type compute)
{
	compute = ndk_compute_type(compute);
	if (out->type != NDK_BOOL)
		return NDK_BAD_TYPE;
	return run_binary(ndk_loops()->compare[op][compute], out, NDK_BOOL, a, b, compute);
}

enum ndk_status ndk_logical(enum ndk_logical_op op, const struct ndk_view *out,
			    const struct ndk_view *a, const struct ndk_view *b)
{
	const struct ndk_loops *loops = ndk_loops();
	ndk_loop2 *loop = op == NDK_AND  ? loops->binary[NDK_MUL][NDK_BOOL]
			  : op == NDK_OR ? loops->binary[NDK_ADD][NDK_BOOL]
					 : loops->compare[NDK_NE][NDK_BOOL];

	if (out->type != NDK_BOOL)
		return NDK_BAD_TYPE;
	return run_binary(loop, out, NDK_BOOL, a, b, NDK_BOOL);
}

enum ndk_status ndk_test(enum ndk_test_op op, const struct ndk_view *out, const struct ndk_view *in)
{
	enum ndk_type compute = ndk_compute_type(in->type);

	if (out->type != NDK_BOOL)
		return NDK_BAD_TYPE;
	return run_unary(ndk_loops()->test[op][compute], out, NDK_BOOL, in, compute);
}

enum ndk_status ndk_clip(const struct ndk_view *out, const struct ndk_view *in,
			 const struct ndk_view *low, const struct ndk_view *high)
{
	enum ndk_status status;

	if (out->type == NDK_BOOL)
		return NDK_BAD_TYPE;
	if (!low && !high)
		return ndk_copy(out, in);
	if (low) {
		status = ndk_binary(NDK_MAXIMUM, out, in, low);
		if (status || !high)
			return status;
	}
	return ndk_binary(NDK_MINIMUM, out, low ? out : in, high);
}

#define WHERE(T)                                                                                   \
	for (size_t i = 0; i < n; i++)                                                             \
	((T *)out)[i] = condition[i] ? ((const T *)a)[i] : ((const T *)b)[i]

static void choose(void *restrict out, const uint8_t *restrict condition, const void *a,
		   const void *b, size_t size, size_t n)
{
	switch (size) {
	case 1: WHERE(uint8_t); break;
	case 2: WHERE(uint16_t); break;
	case 4: WHERE(uint32_t); break;
	default: WHERE(uint64_t); break;
	}
}

enum ndk_status ndk_where(const struct ndk_view *out, const struct ndk_view *condition,
			  const struct ndk_view *a, const struct ndk_view *b)
{
	const struct ndk_view *views[] = {out, condition, a, b};
	union ndk_chunk buffer_c, buffer_a, buffer_b, buffer_out;
	size_t size = ndk_type_size(out->type), n;
	struct ndk_rows rows;
	enum ndk_status status = ndk_rows_begin(&rows, views, 4);
	bool direct;

	if (status || rows.empty)
		return status;
	direct = rows.step[0] == (int64_t)size || rows.length == 1;
	do {
		char *at[] = {rows.at[0], rows.at[1], rows.at[2], rows.at[3]};

		for (int64_t left = rows.length; left; left -= (int64_t)n) {
			const void *c, *x, *y;

			n = chunk_of(left);
			c = ndk_row_as(NDK_BOOL, condition->type, at[1], rows.step[1], n,
				       &buffer_c);
			x = ndk_row_as(out->type, a->type, at[2], rows.step[2], n, &buffer_a);
			y = ndk_row_as(out->type, b->type, at[3], rows.step[3], n, &buffer_b);
			choose(direct ? (void *)at[0] : &buffer_out, c, x, y, size, n);
			if (!direct)
				ndk_convert_row(out->type, at[0], rows.step[0], out->type,
						&buffer_out, (int64_t)size, n);
			for (int k = 0; k < 4; k++)
				at[k] += (int64_t)n * rows.step[k];
		}
	} while (ndk_rows_next(&rows));
	return NDK_OK;
}

static bool is_close(double a, double b, double relative, double absolute, bool equal_nan)
{
	if (isnan(a) || isnan(b))
		return equal_nan && isnan(a) && isnan(b);
	if (isinf(a) || isinf(b))
		return a == b;
	return fabs(a - b) <= absolute + relative * fabs(b);
}

enum ndk_status ndk_allclose(const struct ndk_view *a, const struct ndk_view *b, double relative,
			     double absolute, bool equal_nan, bool *result)
{
	const struct ndk_view *views[] = {a, b};
	union ndk_chunk buffer_a, buffer_b;
	struct ndk_rows rows;
	enum ndk_status status = ndk_rows_begin(&rows, views, 2);
	size_t n;

	*result = true;
	if (status || rows.empty)
		return status;
	do {
		char *p = rows.at[0], *q = rows.at[1];

		for (int64_t left = rows.length; left; left -= (int64_t)n) {
			const double *x, *y;

			n = chunk_of(left);
			x = ndk_row_as(NDK_F64, a->type, p, rows.step[0], n, &buffer_a);
			y = ndk_row_as(NDK_F64, b->type, q, rows.step[1], n, &buffer_b);
			for (size_t i = 0; i < n; i++)
				if (!is_close(x[i], y[i], relative, absolute, equal_nan)) {
					*result = false;
					return NDK_OK;
				}
			p += (int64_t)n * rows.step[0];
			q += (int64_t)n * rows.step[1];
		}
	} while (ndk_rows_next(&rows));
	return NDK_OK;
}
