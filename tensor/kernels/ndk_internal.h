/* SPDX-License-Identifier: MIT */
/*
 * What the kernels share: walking several views at once, and the conversion of
 * rows.  Thread-safe: plain functions of their arguments.
 */
#ifndef NDK_INTERNAL_H
#define NDK_INTERNAL_H

#include "loops.h"
#include "ndk.h"

#define NDK_MAX_OPERANDS 4
#define NDK_CHUNK 1024 /* elements converted at a time: three such rows stay in the L1 cache */

union ndk_chunk {
	double f64[NDK_CHUNK];
	int64_t i64[NDK_CHUNK];
	float f32[NDK_CHUNK];
	int32_t i32[NDK_CHUNK];
	uint8_t bytes[NDK_CHUNK * 8];
};

/*
 * Several views of one shape walked together in rows: axes reordered (longest
 * strides of the first operand outside), runs of axes that lie one after the
 * other joined.  Order of visits is free, so it serves elementwise work only.
 */
struct ndk_rows {
	int operands, ndim;             /* ndim: outer axes, without the row */
	int64_t length;                 /* elements of a row */
	int64_t step[NDK_MAX_OPERANDS]; /* bytes between a row's elements */
	char *at[NDK_MAX_OPERANDS];     /* the current row */
	int64_t shape[NDK_MAX_DIMS];
	int64_t stride[NDK_MAX_OPERANDS][NDK_MAX_DIMS];
	int64_t index[NDK_MAX_DIMS];
	bool empty;
};

/* VIEWS[0] gives the shape; NDK_BAD_SHAPE if another has a different one. */
enum ndk_status ndk_rows_begin(struct ndk_rows *rows, const struct ndk_view *const *views,
			       int operands);
/* On to the next row; false after the last. */
bool ndk_rows_next(struct ndk_rows *rows);

/* Walking in C order over the axes of a mask, several views together. */
struct ndk_walk {
	int operands, ndim;
	char *at[NDK_MAX_OPERANDS];
	int64_t shape[NDK_MAX_DIMS];
	int64_t stride[NDK_MAX_OPERANDS][NDK_MAX_DIMS];
	int64_t index[NDK_MAX_DIMS];
};

/* Over all axes but those in SKIP; shapes of VIEWS[0].  False if there is nothing to visit. */
bool ndk_walk_begin(struct ndk_walk *walk, const struct ndk_view *const *views, int operands,
		    unsigned skip);
bool ndk_walk_next(struct ndk_walk *walk);

static inline bool ndk_same_shape(const struct ndk_view *a, const struct ndk_view *b)
{
	if (a->ndim != b->ndim)
		return false;
	for (int i = 0; i < a->ndim; i++)
		if (a->shape[i] != b->shape[i])
			return false;
	return true;
}

static inline bool ndk_axis_ok(const struct ndk_view *view, int axis)
{
	return axis >= 0 && axis < view->ndim;
}

/* N elements, TO's stride and FROM's in bytes; both may be 0. */
void ndk_convert_row(enum ndk_type to_type, void *to, int64_t to_stride, enum ndk_type from_type,
		     const void *from, int64_t from_stride, size_t n);

/*
 * N <= NDK_CHUNK elements at FROM as a contiguous row of type AS: FROM itself
 * if it is one already, else converted into BUFFER.
 */
const void *ndk_row_as(enum ndk_type as, enum ndk_type type, const void *from, int64_t stride,
		       size_t n, union ndk_chunk *buffer);

/* The type arithmetic of TYPE is done in: f32 for f16 and bf16, else TYPE. */
static inline enum ndk_type ndk_compute_type(enum ndk_type type)
{
	return type == NDK_F16 || type == NDK_BF16 ? NDK_F32 : type;
}

#endif
