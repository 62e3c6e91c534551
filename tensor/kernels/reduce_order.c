/* SPDX-License-Identifier: MIT */
/* Reductions that compare: argmax, argmin, median.  Thread-safe. */
#include "reduce.h"

#include <math.h>
#include <string.h>

/* The best element so far and where it is. */
struct best {
	union {
		float f32;
		double f64;
		int8_t i8;
		uint8_t u8;
		int32_t i32;
		int64_t i64;
	} value;
	int64_t at; /* -1: none yet */
};

/*
 * A chunk's best is found by the vector loop; where it is, is looked for only if
 * it beats what was there before.  Two NaN, or equal values: the first stays.
 */
#define ARGUMENT(T, member, is_nan)                                                                \
	static void argument_##member(struct best *best, const void *row, size_t n, int64_t base,  \
				      ndk_fold_loop *fold, bool largest)                           \
	{                                                                                          \
		const T *p = row;                                                                  \
		T top = p[0];                                                                      \
		size_t i = 0;                                                                      \
                                                                                                   \
		fold(&top, p, n);                                                                  \
		if (best->at >= 0) {                                                               \
			T old = best->value.member;                                                \
                                                                                                   \
			if (is_nan(old) || (!is_nan(top) && !(largest ? top > old : top < old)))   \
				return;                                                            \
		}                                                                                  \
		while (is_nan(top) ? !is_nan(p[i]) : p[i] != top)                                  \
			i++;                                                                       \
		best->value.member = top;                                                          \
		best->at = base + (int64_t)i;                                                      \
	}

#define NEVER_NAN(x) false
#define IS_NAN(x) ((x) != (x))

ARGUMENT(float, f32, IS_NAN)
ARGUMENT(double, f64, IS_NAN)
ARGUMENT(int8_t, i8, NEVER_NAN)
ARGUMENT(uint8_t, u8, NEVER_NAN)
ARGUMENT(int32_t, i32, NEVER_NAN)
ARGUMENT(int64_t, i64, NEVER_NAN)

static void argument_chunk(enum ndk_type as, struct best *best, const void *row, size_t n,
			   int64_t base, ndk_fold_loop *fold, bool largest)
{
	switch (as) {
	case NDK_F32: argument_f32(best, row, n, base, fold, largest); break;
	case NDK_F64: argument_f64(best, row, n, base, fold, largest); break;
	case NDK_I8: argument_i8(best, row, n, base, fold, largest); break;
	case NDK_I32: argument_i32(best, row, n, base, fold, largest); break;
	case NDK_I64: argument_i64(best, row, n, base, fold, largest); break;
	default: argument_u8(best, row, n, base, fold, largest); break;
	}
}

enum ndk_status ndk_reduce_argument(enum ndk_reduce_op op, const struct ndk_reduction *plan,
				    const struct ndk_view *out, const struct ndk_view *in)
{
	bool largest = op == NDK_ARGMAX;
	enum ndk_type as = ndk_compute_type(in->type);
	ndk_fold_loop *fold = ndk_loops()->fold[largest ? NDK_MAXIMUM : NDK_MINIMUM][as];
	const struct ndk_axes *reduced = &plan->reduced;
	int inner = reduced->count - 1;
	int64_t kept_index[NDK_MAX_DIMS] = {0}, stride = reduced->in[inner];
	const char *from = in->data;
	char *to = out->data;
	union ndk_chunk buffer;

	if (out->type != NDK_I64)
		return NDK_BAD_TYPE;
	do {
		int64_t index[NDK_MAX_DIMS] = {0}, base = 0;
		const char *row = from;
		struct best best = {.at = -1};

		do {
			for (int64_t at = 0; at < reduced->length[inner]; at += NDK_CHUNK) {
				int64_t left = reduced->length[inner] - at;
				size_t n = left < NDK_CHUNK ? (size_t)left : NDK_CHUNK;
				const void *chunk = ndk_row_as(as, in->type, row + at * stride,
							       stride, n, &buffer);

				argument_chunk(as, &best, chunk, n, base + at, fold, largest);
			}
			base += reduced->length[inner];
		} while (ndk_axes_next(reduced, inner, index, &row, NULL));
		*(int64_t *)to = best.at;
	} while (ndk_axes_next(&plan->kept, plan->kept.count, kept_index, &from, &to));
	return NDK_OK;
}

static void swap(double *x, double *y)
{
	double kept = *x;

	*x = *y;
	*y = kept;
}

/* Hoare's selection ("Algorithm 65: find", 1961): VALUES[K] as if sorted, smaller ones before it. */
static double select_kth(double *values, int64_t n, int64_t k)
{
	int64_t low = 0, high = n - 1;

	while (low < high) {
		int64_t middle = low + (high - low) / 2, i = low, j = high;
		double pivot;

		/* median of three against sorted input */
		if (values[middle] < values[low])
			swap(&values[middle], &values[low]);
		if (values[high] < values[low])
			swap(&values[high], &values[low]);
		if (values[high] < values[middle])
			swap(&values[high], &values[middle]);
		pivot = values[middle];
		while (i <= j) {
			while (values[i] < pivot)
				i++;
			while (pivot < values[j])
				j--;
			if (i <= j)
				swap(&values[i++], &values[j--]);
		}
		if (k <= j)
			high = j;
		else if (k >= i)
			low = i;
		else
			break;
	}
	return values[k];
}

static double median_of(double *values, int64_t n)
{
	double upper, lower;
	int64_t i;

	if (n == 0)
		return NAN;
	for (i = 0; i < n; i++)
		if (isnan(values[i]))
			return NAN;
	upper = select_kth(values, n, n / 2);
	if (n % 2)
		return upper;
	lower = values[0];
	for (i = 1; i < n / 2; i++)
		if (values[i] > lower)
			lower = values[i];
	/* halved first only where the sum overflows */
	return isinf(lower + upper) ? lower / 2 + upper / 2 : (lower + upper) / 2;
}

enum ndk_status ndk_reduce_median(const struct ndk_reduction *plan, const struct ndk_view *out,
				  const struct ndk_view *in, const struct ndk_scratch *scratch)
{
	const struct ndk_axes *reduced = &plan->reduced;
	int inner = reduced->count - 1;
	int64_t kept_index[NDK_MAX_DIMS] = {0};
	const char *from = in->data;
	char *to = out->data;
	double *values;

	if (!ndk_is_float(out->type))
		return NDK_BAD_TYPE;
	values = scratch->alloc(scratch->context, ((size_t)plan->each + 1) * sizeof *values);
	if (!values)
		return NDK_NO_MEMORY;
	do {
		int64_t index[NDK_MAX_DIMS] = {0};
		const char *row = from;
		double *at = values;

		if (plan->each)
			do {
				ndk_convert_row(NDK_F64, at, sizeof *at, in->type, row,
						reduced->in[inner], (size_t)reduced->length[inner]);
				at += reduced->length[inner];
			} while (ndk_axes_next(reduced, inner, index, &row, NULL));
		ndk_store_f64(out->type, to, median_of(values, plan->each));
	} while (ndk_axes_next(&plan->kept, plan->kept.count, kept_index, &from, &to));
	scratch->free(scratch->context, values);
	return NDK_OK;
}
