/* SPDX-License-Identifier: MIT */
/*
 * What the GPU's kernels are told: each takes one of these structs by value.
 * Read by C (the host's side), by nvcc, and by the C++ compiler that builds the
 * kernels' twins for the tests, so the layout is the same everywhere: pointers
 * and sizes of 64 bits, no implicit padding.
 */
#ifndef NDG_ARGS_H
#define NDG_ARGS_H

#include <stdint.h>

#include "../../kernels/ndk.h"

#define NDG_DIMS NDK_MAX_DIMS
#define NDG_OPERANDS 4

/* An operand on the device, or (DATA 0) one number that the host had. */
struct ndg_operand {
	char *data;
	union {
		double real;   /* for kernels that compute in f32 or f64 */
		int64_t whole; /* for those in i64; the element's bits where they are only moved */
	} number;
	int64_t stride[NDG_DIMS]; /* in bytes */
	int32_t type;             /* enum ndk_type */
	int32_t unused;
};

/* Operands of one shape: ON[0] is written, the others are read. */
struct ndg_elementwise {
	int64_t count;
	int64_t shape[NDG_DIMS]; /* the last axis fastest */
	int32_t ndim;            /* at least 1 */
	int32_t op;
	struct ndg_operand on[NDG_OPERANDS];
};

/* ON[0] (1-D) = START + i * STEP */
struct ndg_range {
	int64_t count;
	struct ndg_operand out;
	double start, step;
	int64_t whole_start, whole_step;
};

/* Axes with their steps, in C order. */
struct ndg_axes {
	int64_t length[NDG_DIMS], in[NDG_DIMS], out[NDG_DIMS];
	int32_t count; /* at least 1 */
	int32_t unused;
};

/* Bytes of a partial result: a value and its compensation, or its index. */
#define NDG_PARTIAL 16

/*
 * RESULTS reductions of EACH elements, cut into PARTS parts of PART elements.
 * With one part results are written; with more, partial results to PARTIAL,
 * which a second launch (JOIN) takes in.
 */
struct ndg_reduce {
	const char *in;
	char *out;
	char *partial; /* NDG_PARTIAL bytes for each part of each result */
	int64_t results, each, parts, part;
	struct ndg_axes kept, reduced;
	int32_t in_type, out_type;
	int32_t op;         /* enum ndk_reduce_op */
	int32_t columns;    /* a thread for each part, else a block */
	int32_t join;       /* the second launch */
	int32_t compensate; /* sums of what f64 does not hold exactly many of */
};

struct ndg_softmax {
	const char *in;
	char *out;
	int64_t rows, length, in_step, out_step;
	struct ndg_axes kept;
	int32_t in_type, out_type;
	int32_t logarithm;
	int32_t columns; /* a thread for each row, else a block */
};

/* OUT[m,n] = A[m,k] x B[k,n], BATCHES times. */
struct ndg_matmul {
	char *out;
	const char *a, *b;
	int64_t m, n, k;
	int64_t out_row, out_column, a_row, a_column, b_row, b_column; /* in bytes */
	int64_t batches;
	int64_t shape[NDG_DIMS], out_batch[NDG_DIMS], a_batch[NDG_DIMS], b_batch[NDG_DIMS];
	int32_t ndim; /* of the batches, 0 for one */
	int32_t out_type, a_type, b_type;
};

/* *FLAG (on the device) becomes 1 if an element of IN, an integer, is below 0. */
struct ndg_negative {
	struct ndg_elementwise in; /* ON[1] */
	char *flag;
};

#endif
