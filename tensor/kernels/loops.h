/* SPDX-License-Identifier: MIT */
/*
 * The innermost loops, over contiguous rows.  They are compiled once per level
 * of the processor's vector instructions (meson.build says which), and
 * ndk_loops() chooses.  Thread-safe.
 */
#ifndef NDK_LOOPS_H
#define NDK_LOOPS_H

#include <stdint.h>

#include "ndk.h"

/* Which operands of a loop are one element for the whole row. */
#define NDK_SCALAR_A 1u
#define NDK_SCALAR_B 2u

/*
 * How many elements of SIZE bytes P is past the start of a cache line.  libc's large blocks
 * begin 16 bytes past one, and every wide access then crosses into the next.
 */
#define NDK_LINE 64u
static inline size_t ndk_past_line(const void *p, size_t size)
{
	return (uintptr_t)p % NDK_LINE / size;
}

/*
 * Whether sums, products and the like of two rows of N elements of SIZE bytes are stored
 * past the caches, which are too small for them: a line that is written whole need not be
 * read first, and that is a quarter of what is moved.
 */
#define NDK_STREAMED ((size_t)6 << 20)
static inline bool ndk_is_streamed(size_t size, size_t n)
{
	return n >= NDK_STREAMED / size;
}

typedef void ndk_loop1(void *out, const void *in, size_t n);
typedef void ndk_loop2(void *out, const void *a, const void *b, size_t n, unsigned scalars);
typedef void ndk_convert_loop(void *out, int64_t out_stride, const void *in, int64_t in_stride,
			      size_t n);
/* ACC[j] = ACC[j] op the elements of ROWS rows, STRIDE bytes apart. */
typedef void ndk_columns_loop(void *acc, const void *in, int64_t stride, size_t rows, size_t n);
/* *ACC = *ACC op each element. */
typedef void ndk_fold_loop(void *acc, const void *in, size_t n);

/*
 * Indexed by ndk_type; NULL where an operation isn't defined.  f16 and bf16
 * have loops for conversion only.  Comparisons write bytes 0 and 1.
 */
struct ndk_loops {
	ndk_loop2 *binary[NDK_BINARY_COUNT][NDK_TYPE_COUNT];
	ndk_loop2 *compare[NDK_COMPARE_COUNT][NDK_TYPE_COUNT];
	ndk_loop1 *unary[NDK_UNARY_COUNT][NDK_TYPE_COUNT];
	ndk_loop1 *test[NDK_TEST_COUNT][NDK_TYPE_COUNT];
	ndk_convert_loop *convert[NDK_TYPE_COUNT][NDK_TYPE_COUNT];   /* [to][from] */
	ndk_columns_loop *columns[NDK_BINARY_COUNT][NDK_TYPE_COUNT]; /* ADD MUL MAXIMUM MINIMUM */
	ndk_fold_loop *fold[NDK_BINARY_COUNT][NDK_TYPE_COUNT];       /* the same, and see below */
	/*
	 * The index of the first largest [0] or smallest [1], or of the first NaN, which is
	 * better than any; -1 if it isn't better than *OLD (may be NULL).  f32 f64 i32 i64.
	 */
	int64_t (*argument[2][NDK_TYPE_COUNT])(const void *in, size_t n, const void *old);
	/*
	 * The same of N columns at once: where IN is better than BEST it replaces it, and NUMBER
	 * what ROW holds (integers of the type's size).
	 */
	void (*argument_columns[2][NDK_TYPE_COUNT])(void *best, void *row, const void *in,
						    int64_t number, size_t n);
	/* Sums: f32 into a double; f64 into { sum, compensation }; i32 into int64_t. */
	ndk_fold_loop *sum_f32, *sum_f64, *sum_i32, *sum_u8, *sum_i8;
	/* *ACC (double) += squares; the sum of exp(in - *SHIFT) with the values kept in OUT. */
	ndk_fold_loop *squares_f32, *squares_f64;
	double (*shifted_exp_f32)(float *out, const float *in, float shift, size_t n);
	double (*shifted_exp_f64)(double *out, const double *in, double shift, size_t n);
};

/* The best table for this processor. */
const struct ndk_loops *ndk_loops(void);
/* All tables it can run, from the plainest; NULL beyond.  For tests. */
const struct ndk_loops *ndk_loops_at(unsigned level);

#endif
