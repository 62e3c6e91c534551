/* SPDX-License-Identifier: MIT */
/*
 * Reductions over axes, see ndk.h.  The axes are split into those kept and
 * those reduced, each joined where they lie one after the other.  Where the
 * reduced elements lie closest together, each result is folded from rows of
 * them; where the kept ones do, many results are folded at once, column by
 * column.  Thread-safe.
 */
#include "ndk_internal.h"

#include <math.h>
#include <string.h>

#include "reduce.h"

#define COLUMNS 512 /* results folded at once: their sums stay in the L1 cache */
#define RUN 64      /* rows added up before a column's sum is taken over into the total */

/* What differs between the operations. */
struct fold {
	enum ndk_type as;         /* what elements are converted to */
	ndk_loop1 *before;        /* applied to them then, or NULL */
	ndk_fold_loop *row;       /* into the accumulator */
	ndk_columns_loop *column; /* NULL: rows only */
	enum ndk_type total;      /* the accumulator's type; f64 has a compensation beside it */
	enum ndk_type column_as;  /* what columns are converted to and accumulated in */
	double start;             /* the identity */
	bool from_first;          /* no identity: begin with the first element */
	bool runs;                /* columns in runs, into f64 */
};

union total {
	double f64[2];
	float f32;
	int64_t i64;
	int32_t i32;
	int8_t i8;
	uint8_t u8;
};

static void add_axis(struct ndk_axes *axes, int64_t length, int64_t in, int64_t out)
{
	axes->length[axes->count] = length;
	axes->in[axes->count] = in;
	axes->out[axes->count] = out;
	axes->count++;
}

static int64_t magnitude(int64_t value)
{
	return value < 0 ? -value : value;
}

static void sort_axes(struct ndk_axes *axes)
{
	for (int i = 1; i < axes->count; i++)
		for (int j = i; j > 0 && magnitude(axes->in[j]) > magnitude(axes->in[j - 1]); j--) {
			int64_t length = axes->length[j], in = axes->in[j], out = axes->out[j];

			axes->length[j] = axes->length[j - 1];
			axes->in[j] = axes->in[j - 1];
			axes->out[j] = axes->out[j - 1];
			axes->length[j - 1] = length;
			axes->in[j - 1] = in;
			axes->out[j - 1] = out;
		}
}

static void join_axes(struct ndk_axes *axes)
{
	int last = 0;

	if (!axes->count)
		add_axis(axes, 1, 0, 0);
	for (int i = 1; i < axes->count; i++) {
		if (axes->in[last] == axes->in[i] * axes->length[i] &&
		    axes->out[last] == axes->out[i] * axes->length[i]) {
			axes->length[i] *= axes->length[last];
		} else {
			last++;
		}
		axes->length[last] = axes->length[i];
		axes->in[last] = axes->in[i];
		axes->out[last] = axes->out[i];
	}
	axes->count = last + 1;
}

enum ndk_status ndk_reduction_plan(struct ndk_reduction *plan, const struct ndk_view *out,
				   const struct ndk_view *in, unsigned axes, bool ordered)
{
	plan->kept.count = plan->reduced.count = 0;
	plan->results = plan->each = 1;
	if (out->ndim != in->ndim || axes >> in->ndim)
		return NDK_BAD_SHAPE;
	for (int i = 0; i < in->ndim; i++) {
		bool reduced = axes >> i & 1;

		if (out->shape[i] != (reduced ? 1 : in->shape[i]))
			return NDK_BAD_SHAPE;
		*(reduced ? &plan->each : &plan->results) *= in->shape[i];
		if (in->shape[i] == 1)
			continue;
		if (reduced)
			add_axis(&plan->reduced, in->shape[i], in->stride[i], 0);
		else
			add_axis(&plan->kept, in->shape[i], in->stride[i], out->stride[i]);
	}
	sort_axes(&plan->kept);
	if (!ordered)
		sort_axes(&plan->reduced);
	join_axes(&plan->kept);
	join_axes(&plan->reduced);
	return NDK_OK;
}

bool ndk_axes_next(const struct ndk_axes *axes, int count, int64_t *index, const char **in,
		   char **out)
{
	for (int i = count - 1; i >= 0; i--) {
		*in += axes->in[i];
		if (out)
			*out += axes->out[i];
		if (++index[i] < axes->length[i])
			return true;
		*in -= axes->in[i] * axes->length[i];
		if (out)
			*out -= axes->out[i] * axes->length[i];
		index[i] = 0;
	}
	return false;
}

/* The next N elements of a row into the total. */
static void fold_row(const struct fold *fold, enum ndk_type type, union total *total,
		     const char *in, int64_t stride, int64_t n)
{
	union ndk_chunk buffer;
	int64_t size = (int64_t)ndk_type_size(fold->as);
	bool direct = fold->as == type && type != NDK_BOOL && stride == size && !fold->before;

	while (n) {
		int64_t part = direct || n < NDK_CHUNK ? n : NDK_CHUNK;
		const void *row = in;

		if (!direct)
			row = ndk_row_as(fold->as, type, in, stride, (size_t)part, &buffer);
		if (fold->before) {
			fold->before(&buffer, row, (size_t)part);
			row = &buffer;
		}
		fold->row(total, row, (size_t)part);
		in += part * stride;
		n -= part;
	}
}

static void begin_total(const struct fold *fold, enum ndk_type type, union total *total,
			const char *first)
{
	memset(total, 0, sizeof *total);
	if (!fold->from_first) {
		ndk_store_f64(fold->total, total, fold->start);
		return;
	}
	ndk_convert_row(fold->total, total, 0, type, first, 0, 1);
	if (fold->before)
		fold->before(total, total, 1);
}

/* The result from its total: divided for a mean, rooted for a norm. */
static void finish(enum ndk_reduce_op op, const struct fold *fold, const struct ndk_view *out,
		   void *to, void *total, int64_t each)
{
	double value;

	if (fold->total == NDK_F64) {
		value = *(double *)total;
		if (op == NDK_MEAN)
			value /= (double)each;
		if (op == NDK_NORM2)
			value = sqrt(value);
		ndk_store_f64(out->type, to, value);
	} else {
		ndk_convert_row(out->type, to, 0, fold->total, total, 0, 1);
	}
}

static void reduce_rows(enum ndk_reduce_op op, const struct fold *fold,
			const struct ndk_reduction *plan, const struct ndk_view *out,
			const struct ndk_view *in)
{
	const struct ndk_axes *reduced = &plan->reduced;
	int inner = reduced->count - 1;
	int64_t kept_index[NDK_MAX_DIMS] = {0};
	const char *from = in->data;
	char *to = out->data;

	do {
		int64_t index[NDK_MAX_DIMS] = {0};
		const char *row = from;
		union total total;

		begin_total(fold, in->type, &total, from);
		if (plan->each)
			do
				fold_row(fold, in->type, &total, row, reduced->in[inner],
					 reduced->length[inner]);
			while (ndk_axes_next(reduced, inner, index, &row, NULL));
		if (fold->total == NDK_F64 && fold->row == ndk_loops()->sum_f64)
			total.f64[0] += total.f64[1];
		finish(op, fold, out, to, &total, plan->each);
	} while (ndk_axes_next(&plan->kept, plan->kept.count, kept_index, &from, &to));
}

/* ROWS rows of N elements into the columns' accumulators. */
static void fold_columns(const struct fold *fold, enum ndk_type type, void *acc, const char *in,
			 int64_t row_stride, int64_t rows, int64_t stride, size_t n)
{
	union ndk_chunk buffer;

	if (fold->column_as == type && type != NDK_BOOL && !fold->before &&
	    stride == (int64_t)ndk_type_size(type)) {
		fold->column(acc, in, row_stride, (size_t)rows, n);
		return;
	}
	for (; rows; rows--, in += row_stride) {
		const void *row = ndk_row_as(fold->column_as, type, in, stride, n, &buffer);

		if (fold->before) {
			fold->before(&buffer, row, n);
			row = &buffer;
		}
		fold->column(acc, row, 0, 1, n);
	}
}

/* Sums of columns: runs of rows in the type itself, the runs' sums in f64. */
static void fold_runs(const struct fold *fold, enum ndk_type type, double *totals, const char *in,
		      int64_t row_stride, int64_t rows, int64_t stride, size_t n)
{
	union {
		double f64[COLUMNS];
		float f32[COLUMNS];
	} run;

	while (rows) {
		int64_t part = rows < RUN ? rows : RUN;

		memset(&run, 0, n * ndk_type_size(fold->column_as));
		fold_columns(fold, type, &run, in, row_stride, part, stride, n);
		if (fold->column_as == NDK_F32)
			for (size_t i = 0; i < n; i++)
				totals[i] += run.f32[i];
		else
			for (size_t i = 0; i < n; i++)
				totals[i] += run.f64[i];
		in += part * row_stride;
		rows -= part;
	}
}

static void reduce_column_tile(enum ndk_reduce_op op, const struct fold *fold,
			       const struct ndk_reduction *plan, const struct ndk_view *out,
			       const struct ndk_view *in, const char *from, char *to, size_t n)
{
	const struct ndk_axes *kept = &plan->kept, *reduced = &plan->reduced;
	int column = kept->count - 1, inner = reduced->count - 1;
	int64_t index[NDK_MAX_DIMS] = {0}, size = (int64_t)ndk_type_size(fold->total);
	union {
		double f64[COLUMNS];
		char bytes[COLUMNS * 8];
	} totals;
	const char *row = from;

	if (fold->from_first) {
		ndk_convert_row(fold->total, &totals, size, in->type, from, kept->in[column], n);
		if (fold->before)
			fold->before(&totals, &totals, n);
	} else {
		ndk_convert_row(fold->total, &totals, size, NDK_F64, &fold->start, 0, n);
	}
	do {
		if (fold->runs)
			fold_runs(fold, in->type, totals.f64, row, reduced->in[inner],
				  reduced->length[inner], kept->in[column], n);
		else
			fold_columns(fold, in->type, &totals, row, reduced->in[inner],
				     reduced->length[inner], kept->in[column], n);
	} while (ndk_axes_next(reduced, inner, index, &row, NULL));
	if (fold->total == NDK_F64) {
		if (op == NDK_MEAN)
			for (size_t i = 0; i < n; i++)
				totals.f64[i] /= (double)plan->each;
		if (op == NDK_NORM2)
			for (size_t i = 0; i < n; i++)
				totals.f64[i] = sqrt(totals.f64[i]);
	}
	ndk_convert_row(out->type, to, kept->out[column], fold->total, &totals, size, n);
}

static void reduce_columns(enum ndk_reduce_op op, const struct fold *fold,
			   const struct ndk_reduction *plan, const struct ndk_view *out,
			   const struct ndk_view *in)
{
	const struct ndk_axes *kept = &plan->kept;
	int column = kept->count - 1;
	int64_t kept_index[NDK_MAX_DIMS] = {0};
	const char *from = in->data;
	char *to = out->data;

	do {
		for (int64_t at = 0; at < kept->length[column]; at += COLUMNS) {
			int64_t left = kept->length[column] - at;

			reduce_column_tile(op, fold, plan, out, in, from + at * kept->in[column],
					   to + at * kept->out[column],
					   (size_t)(left < COLUMNS ? left : COLUMNS));
		}
	} while (ndk_axes_next(kept, column, kept_index, &from, &to));
}

/* Columns, if the kept elements lie closer together or the rows would be tiny. */
bool ndk_by_columns(const struct ndk_reduction *plan)
{
	int column = plan->kept.count - 1, inner = plan->reduced.count - 1;

	if (plan->kept.length[column] < 8 || plan->each == 0)
		return false;
	return magnitude(plan->kept.in[column]) < magnitude(plan->reduced.in[inner]) ||
	       (plan->reduced.length[inner] < 8 && plan->kept.length[column] >= 32);
}

/* A sum of what IN holds, into a total that OUT's type takes. */
static void choose_sum(struct fold *fold, const struct ndk_loops *loops, enum ndk_type out,
		       enum ndk_type in)
{
	if (ndk_is_float(out)) {
		bool wide = out == NDK_F64 || in == NDK_F64 || in == NDK_I32 || in == NDK_I64;

		fold->as = wide ? NDK_F64 : NDK_F32;
		fold->row = wide ? loops->sum_f64 : loops->sum_f32;
		fold->total = NDK_F64;
		fold->runs = true;
	} else {
		fold->as = in == NDK_I8 || in == NDK_U8 || in == NDK_BOOL || in == NDK_I32
				   ? in
				   : NDK_I64;
		fold->row = fold->as == NDK_I32   ? loops->sum_i32
			    : fold->as == NDK_I8  ? loops->sum_i8
			    : fold->as == NDK_I64 ? loops->fold[NDK_ADD][NDK_I64]
						  : loops->sum_u8;
		fold->total = NDK_I64;
	}
	fold->column_as = fold->runs ? fold->as : NDK_I64;
	fold->column = loops->columns[NDK_ADD][fold->column_as];
}

static enum ndk_status choose_fold(struct fold *fold, enum ndk_reduce_op op, enum ndk_type out,
				   enum ndk_type in)
{
	const struct ndk_loops *loops = ndk_loops();
	enum ndk_binary_op extreme = op == NDK_MIN || op == NDK_ALL ? NDK_MINIMUM : NDK_MAXIMUM;

	memset(fold, 0, sizeof *fold);
	switch (op) {
	case NDK_SUM:
		choose_sum(fold, loops, out, in);
		return out == NDK_BOOL ? NDK_BAD_TYPE : NDK_OK;
	case NDK_MEAN:
	case NDK_NORM1:
		choose_sum(fold, loops, out, in);
		if (op == NDK_NORM1)
			fold->before = loops->unary[NDK_ABS][fold->as];
		return ndk_is_float(out) ? NDK_OK : NDK_BAD_TYPE;
	case NDK_PROD:
		fold->as = fold->total = ndk_is_float(out) ? NDK_F64 : NDK_I64;
		fold->row = loops->fold[NDK_MUL][fold->as];
		fold->column = loops->columns[NDK_MUL][fold->as];
		fold->start = 1;
		break;
	case NDK_NORM2:
		fold->as = in == NDK_F32 || in == NDK_F16 || in == NDK_BF16 ? NDK_F32 : NDK_F64;
		fold->total = NDK_F64;
		fold->row = fold->as == NDK_F32 ? loops->squares_f32 : loops->squares_f64;
		return ndk_is_float(out) ? NDK_OK : NDK_BAD_TYPE;
	case NDK_NORMINF:
		if (!ndk_is_float(out))
			return NDK_BAD_TYPE;
		fold->as = fold->total = NDK_F64;
		fold->before = loops->unary[NDK_ABS][NDK_F64];
		fold->row = loops->fold[NDK_MAXIMUM][NDK_F64];
		fold->column = loops->columns[NDK_MAXIMUM][NDK_F64];
		break;
	case NDK_ALL:
	case NDK_ANY:
		if (out != NDK_BOOL)
			return NDK_BAD_TYPE;
		fold->start = op == NDK_ALL;
		/* fall through */
	default:
		fold->as = fold->total = ndk_compute_type(out);
		fold->row = loops->fold[extreme][fold->as];
		fold->column = loops->columns[extreme][fold->as];
		fold->from_first = op == NDK_MAX || op == NDK_MIN;
		break;
	}
	fold->column_as = fold->as;
	return NDK_OK;
}

enum ndk_status ndk_reduce(enum ndk_reduce_op op, const struct ndk_view *out,
			   const struct ndk_view *in, unsigned axes,
			   const struct ndk_scratch *scratch)
{
	bool argument = op == NDK_ARGMAX || op == NDK_ARGMIN;
	struct ndk_reduction plan;
	struct fold fold;
	enum ndk_status status = ndk_reduction_plan(&plan, out, in, axes, argument);

	if (status)
		return status;
	if (!argument && op != NDK_MEDIAN) {
		status = choose_fold(&fold, op, out->type, in->type);
		if (status)
			return status;
	}
	if (plan.results == 0)
		return NDK_OK;
	if (plan.each == 0 && (argument || op == NDK_MAX || op == NDK_MIN))
		return NDK_EMPTY;
	if (argument)
		return ndk_reduce_argument(op, &plan, out, in);
	if (op == NDK_MEDIAN)
		return ndk_reduce_median(&plan, out, in, scratch);
	if (fold.column && ndk_by_columns(&plan))
		reduce_columns(op, &fold, &plan, out, in);
	else
		reduce_rows(op, &fold, &plan, out, in);
	return NDK_OK;
}

/* Running sums of one line; what the sum is kept in is exact enough for its type. */
enum ndk_status ndk_cumsum(const struct ndk_view *out, const struct ndk_view *in, int axis)
{
	const struct ndk_view *views[] = {out, in};
	bool real = ndk_is_float(out->type);
	enum ndk_type as = real ? NDK_F64 : NDK_I64;
	union ndk_chunk buffer;
	struct ndk_walk walk;

	if (!ndk_same_shape(out, in) || !ndk_axis_ok(in, axis))
		return NDK_BAD_SHAPE;
	if (out->type == NDK_BOOL)
		return NDK_BAD_TYPE;
	if (ndk_count(in) == 0 || !ndk_walk_begin(&walk, views, 2, 1u << axis))
		return NDK_OK;
	do {
		double sum = 0;
		uint64_t whole = 0;

		for (int64_t at = 0; at < in->shape[axis]; at += NDK_CHUNK) {
			int64_t left = in->shape[axis] - at;
			size_t n = left < NDK_CHUNK ? (size_t)left : NDK_CHUNK;

			ndk_convert_row(as, &buffer, 8, in->type,
					walk.at[1] + at * in->stride[axis], in->stride[axis], n);
			if (real)
				for (size_t i = 0; i < n; i++)
					buffer.f64[i] = sum += buffer.f64[i];
			else
				for (size_t i = 0; i < n; i++)
					buffer.i64[i] = (int64_t)(whole += (uint64_t)buffer.i64[i]);
			ndk_convert_row(out->type, walk.at[0] + at * out->stride[axis],
					out->stride[axis], as, &buffer, 8, n);
		}
	} while (ndk_walk_next(&walk));
	return NDK_OK;
}
