/* SPDX-License-Identifier: MIT */
/*
 * Products of matrices, see ndk.h: f32 and f64 by BLAS, which takes a matrix as
 * it lies if one of its axes is contiguous; others are packed first.  Thread-safe.
 */
#include "ndk_internal.h"

#include <cblas.h>
#include <limits.h>
#include <string.h>

/* A matrix as BLAS wants it, row by row or column by column. */
struct matrix {
	const void *data;
	int64_t lead; /* elements from one row (column) to the next */
	bool transposed;
	void *packed; /* to be freed */
};

static int64_t at_least_one(int64_t value)
{
	return value > 1 ? value : 1;
}

/* Does the axis of STRIDE, LENGTH step by whole elements, over at least INNER of them? */
static bool leads(int64_t stride, int64_t length, int64_t size, int64_t inner)
{
	return length <= 1 || (stride % size == 0 && stride / size >= at_least_one(inner) &&
			       stride / size <= INT_MAX);
}

/* How the ROWS x COLUMNS matrix lies; false if no axis is contiguous. */
static bool lies(struct matrix *m, int64_t rows, int64_t columns, int64_t row_stride,
		 int64_t column_stride, int64_t size)
{
	if ((column_stride == size || columns <= 1) && leads(row_stride, rows, size, columns)) {
		m->transposed = false;
		m->lead = rows > 1 ? row_stride / size : at_least_one(columns);
		return true;
	}
	if ((row_stride == size || rows <= 1) && leads(column_stride, columns, size, rows)) {
		m->transposed = true;
		m->lead = columns > 1 ? column_stride / size : at_least_one(rows);
		return true;
	}
	return false;
}

/* The matrix at DATA, of the last two axes of VIEW, in type AS. */
static enum ndk_status as_matrix(struct matrix *m, const struct ndk_view *view, char *data,
				 enum ndk_type as, const struct ndk_scratch *scratch)
{
	int i = view->ndim - 2, j = i + 1;
	int64_t rows = view->shape[i], columns = view->shape[j], size = (int64_t)ndk_type_size(as);
	struct ndk_view from = {.data = data, .type = view->type, .ndim = 2};
	struct ndk_view to = {.type = as, .ndim = 2, .shape = {rows, columns}};

	m->packed = NULL;
	m->data = data;
	if (view->type == as && as != NDK_BOOL &&
	    lies(m, rows, columns, view->stride[i], view->stride[j], size) &&
	    (ndk_is_float(as) || !m->transposed))
		return NDK_OK;
	m->packed = scratch->alloc(scratch->context, (size_t)(rows * columns * size));
	if (!m->packed)
		return NDK_NO_MEMORY;
	for (int k = 0; k < 2; k++) {
		from.shape[k] = view->shape[i + k];
		from.stride[k] = view->stride[i + k];
	}
	to.data = m->packed;
	ndk_set_contiguous(&to);
	ndk_copy(&to, &from);
	m->data = m->packed;
	m->transposed = false;
	m->lead = at_least_one(columns);
	return NDK_OK;
}

static void give_back(struct matrix *m, const struct ndk_scratch *scratch)
{
	if (m->packed)
		scratch->free(scratch->context, m->packed);
}

static CBLAS_TRANSPOSE flag(bool transposed)
{
	return transposed ? CblasTrans : CblasNoTrans;
}

/* C = A x B, C row by row with LEAD. */
static void multiply_blas(enum ndk_type type, void *c, int64_t lead, const struct matrix *a,
			  const struct matrix *b, int m, int n, int k)
{
	int lda = (int)a->lead, ldb = (int)b->lead, ldc = (int)lead;

	/* by one column: gemv, which reads the matrix once */
	if (n == 1 && m > 1) {
		int rows = a->transposed ? k : m, columns = a->transposed ? m : k;
		int step = b->transposed || k == 1 ? 1 : ldb;

		if (type == NDK_F32)
			cblas_sgemv(CblasRowMajor, flag(a->transposed), rows, columns, 1, a->data,
				    lda, b->data, step, 0, c, ldc);
		else
			cblas_dgemv(CblasRowMajor, flag(a->transposed), rows, columns, 1, a->data,
				    lda, b->data, step, 0, c, ldc);
	} else if (type == NDK_F32) {
		cblas_sgemm(CblasRowMajor, flag(a->transposed), flag(b->transposed), m, n, k, 1,
			    a->data, lda, b->data, ldb, 0, c, ldc);
	} else {
		cblas_dgemm(CblasRowMajor, flag(a->transposed), flag(b->transposed), m, n, k, 1,
			    a->data, lda, b->data, ldb, 0, c, ldc);
	}
}

/* Row by row: each row of C is a sum of multiples of B's rows. */
#define MULTIPLY(name, T, U)                                                                       \
	static void name(void *out, const struct matrix *a, const struct matrix *b, int64_t m,     \
			 int64_t n, int64_t k)                                                     \
	{                                                                                          \
		memset(out, 0, (size_t)(m * n) * sizeof(T));                                       \
		for (int64_t i = 0; i < m; i++) {                                                  \
			T *restrict c = (T *)out + i * n;                                          \
			for (int64_t l = 0; l < k; l++) {                                          \
				const T *restrict row = (const T *)b->data + l * b->lead;          \
				const U x = (U)((const T *)a->data)[i * a->lead + l];              \
                                                                                                   \
				for (int64_t j = 0; j < n; j++)                                    \
					c[j] = (T)((U)c[j] + x * (U)row[j]);                       \
			}                                                                          \
		}                                                                                  \
	}

MULTIPLY(multiply_8, uint8_t, uint32_t)
MULTIPLY(multiply_32, uint32_t, uint32_t)
MULTIPLY(multiply_64, uint64_t, uint64_t)

static void multiply_bool(void *out, const struct matrix *a, const struct matrix *b, int64_t m,
			  int64_t n, int64_t k)
{
	memset(out, 0, (size_t)(m * n));
	for (int64_t i = 0; i < m; i++) {
		uint8_t *c = (uint8_t *)out + i * n;

		for (int64_t l = 0; l < k; l++) {
			const uint8_t *row = (const uint8_t *)b->data + l * b->lead;
			uint8_t x = ((const uint8_t *)a->data)[i * a->lead + l];

			for (int64_t j = 0; j < n; j++)
				c[j] |= x & row[j];
		}
	}
}

/* Of matrices by rows: as_matrix packed those that were not. */
static void multiply_integers(enum ndk_type type, void *c, const struct matrix *a,
			      const struct matrix *b, int64_t m, int64_t n, int64_t k)
{
	switch (type) {
	case NDK_BOOL: multiply_bool(c, a, b, m, n, k); break;
	case NDK_I8:
	case NDK_U8: multiply_8(c, a, b, m, n, k); break;
	case NDK_I32: multiply_32(c, a, b, m, n, k); break;
	default: multiply_64(c, a, b, m, n, k); break;
	}
}

struct product {
	const struct ndk_view *out, *a, *b;
	const struct ndk_scratch *scratch;
	enum ndk_type as;
	int64_t m, n, k;
	void *temporary; /* a C-ordered result, where OUT doesn't lie so */
	int64_t lead;
	bool turned; /* OUT lies by columns: its transposed is what is computed */
};

static enum ndk_status one_product(const struct product *p, char *out, char *a, char *b)
{
	struct matrix left, right;
	enum ndk_status status = as_matrix(&left, p->a, a, p->as, p->scratch);
	char *to = p->temporary ? p->temporary : out;

	if (status)
		return status;
	status = as_matrix(&right, p->b, b, p->as, p->scratch);
	if (status) {
		give_back(&left, p->scratch);
		return status;
	}
	if (!ndk_is_float(p->as)) {
		multiply_integers(p->as, to, &left, &right, p->m, p->n, p->k);
	} else if (p->turned) {
		left.transposed = !left.transposed;
		right.transposed = !right.transposed;
		multiply_blas(p->as, to, p->lead, &right, &left, (int)p->n, (int)p->m, (int)p->k);
	} else {
		multiply_blas(p->as, to, p->lead, &left, &right, (int)p->m, (int)p->n, (int)p->k);
	}
	give_back(&left, p->scratch);
	give_back(&right, p->scratch);
	if (p->temporary) {
		int i = p->out->ndim - 2;
		struct ndk_view from = {p->temporary, p->as, 2, {p->m, p->n}, {0}};
		struct ndk_view into = {out,
					p->out->type,
					2,
					{p->m, p->n},
					{p->out->stride[i], p->out->stride[i + 1]}};

		ndk_set_contiguous(&from);
		return ndk_copy(&into, &from);
	}
	return NDK_OK;
}

static enum ndk_status check_shapes(const struct ndk_view *out, const struct ndk_view *a,
				    const struct ndk_view *b)
{
	int i = out->ndim - 2, j = i + 1;

	if (out->ndim < 2 || a->ndim != out->ndim || b->ndim != out->ndim ||
	    a->shape[j] != b->shape[i] || out->shape[i] != a->shape[i] ||
	    out->shape[j] != b->shape[j])
		return NDK_BAD_SHAPE;
	if (a->shape[i] > INT_MAX || a->shape[j] > INT_MAX || b->shape[j] > INT_MAX)
		return NDK_BAD_SHAPE;
	for (int l = 0; l < i; l++)
		if (a->shape[l] != out->shape[l] || b->shape[l] != out->shape[l])
			return NDK_BAD_SHAPE;
	return NDK_OK;
}

enum ndk_status ndk_matmul(const struct ndk_view *out, const struct ndk_view *a,
			   const struct ndk_view *b, const struct ndk_scratch *scratch)
{
	const struct ndk_view *views[] = {out, a, b};
	static const int64_t zero;
	enum ndk_status status = check_shapes(out, a, b);
	struct product p = {.out = out, .a = a, .b = b, .scratch = scratch};
	struct matrix result;
	struct ndk_walk walk;
	int i = out->ndim - 2, j = i + 1;
	int64_t size;

	if (status || ndk_count(out) == 0)
		return status;
	p.as = ndk_compute_type(out->type);
	p.m = out->shape[i];
	p.n = out->shape[j];
	p.k = a->shape[j];
	if (p.k == 0)
		return ndk_fill(out, NDK_I64, &zero);
	size = (int64_t)ndk_type_size(p.as);
	if (p.as == out->type && lies(&result, p.m, p.n, out->stride[i], out->stride[j], size) &&
	    (ndk_is_float(p.as) || (!result.transposed && result.lead == p.n))) {
		p.turned = result.transposed;
		p.lead = result.lead;
	} else {
		p.temporary = scratch->alloc(scratch->context, (size_t)(p.m * p.n * size));
		if (!p.temporary)
			return NDK_NO_MEMORY;
		p.lead = p.n;
	}
	ndk_walk_begin(&walk, views, 3, 3u << i);
	do
		status = one_product(&p, walk.at[0], walk.at[1], walk.at[2]);
	while (!status && ndk_walk_next(&walk));
	if (p.temporary)
		scratch->free(scratch->context, p.temporary);
	return status;
}

enum ndk_status ndk_dot(const struct ndk_view *out, const struct ndk_view *a,
			const struct ndk_view *b, const struct ndk_scratch *scratch)
{
	struct ndk_view row = *a, column = *b, one = *out;

	if (out->ndim != 0 || a->ndim != 1 || b->ndim != 1 || a->shape[0] != b->shape[0])
		return NDK_BAD_SHAPE;
	row.ndim = column.ndim = one.ndim = 2;
	row.shape[0] = 1;
	row.shape[1] = a->shape[0];
	row.stride[1] = a->stride[0];
	row.stride[0] = 0;
	column.shape[1] = 1;
	column.stride[1] = 0;
	one.shape[0] = one.shape[1] = 1;
	one.stride[0] = one.stride[1] = 0;
	return ndk_matmul(&one, &row, &column, scratch);
}
