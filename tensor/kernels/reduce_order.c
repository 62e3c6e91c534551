/* SPDX-License-Identifier: MIT */
/* Reductions that compare: argmax, argmin, median.  Thread-safe. */
#include "reduce.h"

#include <math.h>
#include <string.h>

/* N <= NDK_CHUNK columns: the best of each so far, and how many elements were before it. */
static void argument_tile(enum ndk_reduce_op op, const struct ndk_reduction *plan,
			  enum ndk_type type, const char *from, char *to, int64_t step, size_t n)
{
	const struct ndk_axes *reduced = &plan->reduced;
	int inner = reduced->count - 1;
	size_t size = ndk_type_size(type);
	int64_t index[NDK_MAX_DIMS] = {0}, number = 0;
	union ndk_chunk best, row;
	const char *at = from;

	memcpy(&best, from, n * size);
	memset(&row, 0, n * size);
	do
		for (int64_t i = 0; i < reduced->length[inner]; i++)
			ndk_loops()->argument_columns[op != NDK_ARGMAX][type](
				&best, &row, at + i * reduced->in[inner], number++, n);
	while (ndk_axes_next(reduced, inner, index, &at, NULL));
	for (size_t j = 0; j < n; j++, to += step)
		*(int64_t *)to = size == 4 ? row.i32[j] : row.i64[j];
}

static void argument_columns(enum ndk_reduce_op op, const struct ndk_reduction *plan,
			     enum ndk_type type, const char *from, char *to)
{
	const struct ndk_axes *kept = &plan->kept;
	int column = kept->count - 1;
	int64_t kept_index[NDK_MAX_DIMS] = {0};

	do {
		for (int64_t at = 0; at < kept->length[column]; at += NDK_CHUNK) {
			int64_t left = kept->length[column] - at;

			argument_tile(op, plan, type, from + at * kept->in[column],
				      to + at * kept->out[column], kept->out[column],
				      (size_t)(left < NDK_CHUNK ? left : NDK_CHUNK));
		}
	} while (ndk_axes_next(kept, column, kept_index, &from, &to));
}

enum ndk_status ndk_reduce_argument(enum ndk_reduce_op op, const struct ndk_reduction *plan,
				    const struct ndk_view *out, const struct ndk_view *in)
{
	bool largest = op == NDK_ARGMAX;
	enum ndk_type as = ndk_type_size(in->type) == 1 ? NDK_I32 : ndk_compute_type(in->type);
	int64_t (*loop)(const void *, size_t, const void *) = ndk_loops()->argument[!largest][as];
	const struct ndk_axes *reduced = &plan->reduced;
	int inner = reduced->count - 1;
	int64_t kept_index[NDK_MAX_DIMS] = {0}, stride = reduced->in[inner];
	int64_t size = (int64_t)ndk_type_size(as);
	/* a row that must be gathered or converted comes in chunks */
	int64_t part = as == in->type && stride == size ? INT64_MAX : NDK_CHUNK;
	const char *from = in->data;
	char *to = out->data;
	union ndk_chunk buffer;

	if (out->type != NDK_I64)
		return NDK_BAD_TYPE;
	if (as == in->type && plan->kept.in[plan->kept.count - 1] == size &&
	    plan->each <= INT32_MAX && ndk_by_columns(plan)) {
		argument_columns(op, plan, as, from, to);
		return NDK_OK;
	}
	do {
		int64_t index[NDK_MAX_DIMS] = {0}, base = 0, best_at = -1, best = 0;
		const char *row = from;

		do {
			for (int64_t at = 0; at < reduced->length[inner]; at += part) {
				int64_t left = reduced->length[inner] - at, here;
				size_t n = (size_t)(left < part ? left : part);
				const char *chunk = ndk_row_as(as, in->type, row + at * stride,
							       stride, n, &buffer);

				here = loop(chunk, n, best_at < 0 ? NULL : &best);
				if (here < 0)
					continue;
				memcpy(&best, chunk + here * size, (size_t)size);
				best_at = base + at + here;
			}
			base += reduced->length[inner];
		} while (ndk_axes_next(reduced, inner, index, &row, NULL));
		*(int64_t *)to = best_at;
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
