/* SPDX-License-Identifier: MIT */
/*
 * Reductions of contiguous rows, in as many lanes as vectors have room for.
 * Part of loops.c only.
 */
#ifndef NDK_LOOPS_FOLD_H
#define NDK_LOOPS_FOLD_H

#include <stdint.h>

/* Lanes: four to eight vectors, so that one addition need not wait for the last. */
#define LANES 64
/* Additions in a lane before they are taken over into a total: of 32 equal f32 the worst is off by 5e-7. */
#define RUN 32

static void sum_loop_f32(void *acc, const void *in, size_t n)
{
	const float *p = in;
	double total = 0;

	while (n >= LANES) {
		float lane[LANES] = {0};
		size_t steps = n / LANES < RUN ? n / LANES : RUN;
		double parts[8] = {0};

		for (size_t i = 0; i < steps; i++, p += LANES) {
			SIMD for (int j = 0; j < LANES; j++) lane[j] += p[j];
		}
		n -= steps * LANES;
		for (int i = 0; i < LANES; i += 8) {
			SIMD for (int j = 0; j < 8; j++) parts[j] += lane[i + j];
		}
		total += ((parts[0] + parts[1]) + (parts[2] + parts[3])) +
			 ((parts[4] + parts[5]) + (parts[6] + parts[7]));
	}
	if (n >= 8) {
		double parts[8] = {0};

		for (; n >= 8; n -= 8, p += 8) {
			SIMD for (int j = 0; j < 8; j++) parts[j] += p[j];
		}
		total += ((parts[0] + parts[1]) + (parts[2] + parts[3])) +
			 ((parts[4] + parts[5]) + (parts[6] + parts[7]));
	}
	for (size_t i = 0; i < n; i++)
		total += p[i];
	*(double *)acc += total;
}

/* ACC[0] + ACC[1] is the sum: what each addition of a run's sum loses is kept in ACC[1]. */
static void sum_loop_f64(void *acc, const void *in, size_t n)
{
	const double *p = in;
	double *to = acc;

	while (n) {
		double lane[LANES / 2] = {0}, total = 0, sum, lost;
		size_t steps = n / (LANES / 2) < RUN ? n / (LANES / 2) : RUN, i;

		for (i = 0; i < steps; i++, p += LANES / 2) {
			SIMD for (int j = 0; j < LANES / 2; j++) lane[j] += p[j];
		}
		n -= steps * (LANES / 2);
		if (steps)
			for (int width = LANES / 4; width; width /= 2)
				for (int j = 0; j < width; j++)
					lane[j] += lane[j + width];
		total = lane[0];
		if (n < LANES / 2) {
			for (i = 0; i < n; i++)
				total += p[i];
			n = 0;
		}
		sum = to[0] + total;
		lost = fabs(to[0]) >= fabs(total) ? (to[0] - sum) + total : (total - sum) + to[0];
		to[0] = sum;
		/* infinities and NaN lose nothing that could be kept */
		to[1] += lost - lost == 0 ? lost : 0;
	}
}

/* Squares in f64: those of f32 then neither overflow nor round. */
#define SQUARES(name, T)                                                                           \
	static void name(void *acc, const void *in, size_t n)                                      \
	{                                                                                          \
		const T *p = in;                                                                   \
		double lane[LANES / 2] = {0}, total = 0;                                           \
                                                                                                   \
		for (; n >= LANES / 2; n -= LANES / 2, p += LANES / 2) {                           \
			SIMD for (int j = 0; j < LANES / 2; j++) lane[j] += (double)p[j] * p[j];   \
		}                                                                                  \
		for (size_t i = 0; i < n; i++)                                                     \
			total += (double)p[i] * p[i];                                              \
		for (int j = 0; j < LANES / 2; j++)                                                \
			total += lane[j];                                                          \
		*(double *)acc += total;                                                           \
	}

SQUARES(squares_loop_f32, float)
SQUARES(squares_loop_f64, double)

#define WIDE_SUM(name, T)                                                                          \
	static void name(void *acc, const void *in, size_t n)                                      \
	{                                                                                          \
		const T *p = in;                                                                   \
		int64_t total = 0;                                                                 \
                                                                                                   \
		SIMD_SUM(total) for (size_t i = 0; i < n; i++) total += p[i];                      \
		*(uint64_t *)acc += (uint64_t)total;                                               \
	}
#define SIMD_PRAGMA(text) _Pragma(#text)
#define SIMD_SUM(var) SIMD_PRAGMA(omp simd reduction(+ : var))

WIDE_SUM(sum_loop_i32, int32_t)
WIDE_SUM(sum_loop_i8, int8_t)
WIDE_SUM(sum_loop_u8, uint8_t)

/* The lower half of the lanes takes in the upper. */
#define HALVE(expr, T, COUNT)                                                                      \
	SIMD for (int j = 0; j < (int)(COUNT); j++)                                                \
	{                                                                                          \
		const T L = lane[j], R = lane[j + (COUNT)];                                        \
		lane[j] = OP_##expr(L, R, T);                                                      \
	}

/* Any associative operation: X op Y.  AGAIN: elements may be taken in twice. */
#define FOLD(name, T, expr, again)                                                                 \
	static void fold_##name(void *acc, const void *in, size_t n)                               \
	{                                                                                          \
		enum { WIDTH = 256 / sizeof(T) };                                                  \
		const T *p = in;                                                                   \
		T lane[WIDTH], X, Y;                                                               \
		size_t i;                                                                          \
                                                                                                   \
		if (n >= WIDTH) {                                                                  \
			for (int j = 0; j < WIDTH; j++)                                            \
				lane[j] = p[j];                                                    \
			i = again ? WIDTH - ndk_past_line(p, sizeof(T)) : WIDTH;                   \
			for (; i + WIDTH <= n; i += WIDTH) {                                       \
				SIMD for (int j = 0; j < WIDTH; j++)                               \
				{                                                                  \
					const T L = lane[j], R = p[i + j];                         \
					lane[j] = OP_##expr(L, R, T);                              \
				}                                                                  \
			}                                                                          \
			if (again && i < n) {                                                      \
				const T *last = p + n - WIDTH;                                     \
				SIMD for (int j = 0; j < WIDTH; j++)                               \
				{                                                                  \
					const T L = lane[j], R = last[j];                          \
					lane[j] = OP_##expr(L, R, T);                              \
				}                                                                  \
				i = n;                                                             \
			}                                                                          \
			HALVE(expr, T, WIDTH / 2)                                                  \
			HALVE(expr, T, WIDTH / 4)                                                  \
			HALVE(expr, T, WIDTH / 8)                                                  \
			for (int j = 1; j < WIDTH / 8; j++) {                                      \
				X = lane[0], Y = lane[j];                                          \
				lane[0] = OP_##expr(X, Y, T);                                      \
			}                                                                          \
			X = *(T *)acc, Y = lane[0];                                                \
			*(T *)acc = OP_##expr(X, Y, T);                                            \
			n -= i, p += i;                                                            \
		}                                                                                  \
		for (i = 0; i < n; i++) {                                                          \
			X = *(T *)acc, Y = p[i];                                                   \
			*(T *)acc = OP_##expr(X, Y, T);                                            \
		}                                                                                  \
	}

/* Of many columns at once: four rows a time, so that the accumulators are read less often. */
#define COLUMNS(name, T, expr)                                                                     \
	static void columns_##name(void *acc, const void *in, int64_t stride, size_t rows,         \
				   size_t n)                                                       \
	{                                                                                          \
		T *restrict to = acc;                                                              \
		const char *row = in;                                                              \
                                                                                                   \
		for (; rows >= 4; rows -= 4, row += 4 * stride) {                                  \
			const T *restrict p = (const T *)row;                                      \
			const T *restrict q = (const T *)(row + stride);                           \
			const T *restrict r = (const T *)(row + 2 * stride);                       \
			const T *restrict s = (const T *)(row + 3 * stride);                       \
			SIMD for (size_t j = 0; j < n; j++)                                        \
			{                                                                          \
				const T A = p[j], B = q[j], C = r[j], D = s[j], E = to[j];         \
				const T F = OP_##expr(A, B, T), G = OP_##expr(C, D, T);            \
				const T H = OP_##expr(F, G, T);                                    \
				to[j] = OP_##expr(E, H, T);                                        \
			}                                                                          \
		}                                                                                  \
		for (; rows; rows--, row += stride) {                                              \
			const T *restrict p = (const T *)row;                                      \
			SIMD for (size_t j = 0; j < n; j++)                                        \
			{                                                                          \
				const T A = to[j], B = p[j];                                       \
				to[j] = OP_##expr(A, B, T);                                        \
			}                                                                          \
		}                                                                                  \
	}

#define COLUMNS_BY(name, loop)                                                                     \
	static void columns_##name(void *acc, const void *in, int64_t stride, size_t rows,         \
				   size_t n)                                                       \
	{                                                                                          \
		const char *row = in;                                                              \
                                                                                                   \
		for (; rows; rows--, row += stride)                                                \
			loop(acc, acc, row, n, 0);                                                 \
	}

#define OP_ADD(x, y, T) ((x) + (y))
#define OP_MUL(x, y, T) ((x) * (y))
#define OP_ADDWRAP(x, y, T) ((T)((uint64_t)(x) + (uint64_t)(y)))
#define OP_MULWRAP(x, y, T) ((T)((uint64_t)(x) * (uint64_t)(y)))
#define OP_FMAX(x, y, T) (((x) > (y) ? (x) : (y)) + ((x) != (x) ? (x) : -(T)0.0))
#define OP_FMIN(x, y, T) (((x) < (y) ? (x) : (y)) + ((x) != (x) ? (x) : -(T)0.0))
#define OP_IMAX(x, y, T) ((x) > (y) ? (x) : (y))
#define OP_IMIN(x, y, T) ((x) < (y) ? (x) : (y))

FOLD(add_f32, float, ADD, false)
COLUMNS(add_f32, float, ADD)
FOLD(add_f64, double, ADD, false)
COLUMNS(add_f64, double, ADD)
FOLD(add_i64, int64_t, ADDWRAP, false)
COLUMNS(add_i64, int64_t, ADDWRAP)
FOLD(mul_f64, double, MUL, false)
COLUMNS(mul_f64, double, MUL)
FOLD(mul_i64, int64_t, MULWRAP, false)
COLUMNS(mul_i64, int64_t, MULWRAP)
FOLD(maximum_f32, float, FMAX, true)
COLUMNS_BY(maximum_f32, maximum_loop_f32)
FOLD(maximum_f64, double, FMAX, true)
COLUMNS_BY(maximum_f64, maximum_loop_f64)
FOLD(minimum_f32, float, FMIN, true)
COLUMNS_BY(minimum_f32, minimum_loop_f32)
FOLD(minimum_f64, double, FMIN, true)
COLUMNS_BY(minimum_f64, minimum_loop_f64)
FOLD(maximum_i8, int8_t, IMAX, true)
COLUMNS_BY(maximum_i8, maximum_loop_i8)
FOLD(minimum_i8, int8_t, IMIN, true)
COLUMNS_BY(minimum_i8, minimum_loop_i8)
FOLD(maximum_u8, uint8_t, IMAX, true)
COLUMNS_BY(maximum_u8, maximum_loop_u8)
FOLD(minimum_u8, uint8_t, IMIN, true)
COLUMNS_BY(minimum_u8, minimum_loop_u8)
FOLD(maximum_i32, int32_t, IMAX, true)
COLUMNS_BY(maximum_i32, maximum_loop_i32)
FOLD(minimum_i32, int32_t, IMIN, true)
COLUMNS_BY(minimum_i32, minimum_loop_i32)
FOLD(maximum_i64, int64_t, IMAX, true)
COLUMNS_BY(maximum_i64, maximum_loop_i64)
FOLD(minimum_i64, int64_t, IMIN, true)
COLUMNS_BY(minimum_i64, minimum_loop_i64)

/* The values of a softmax before they are divided by their sum, which is returned. */
static double shifted_exp_loop_f32(float *out, const float *in, float shift, size_t n)
{
	double total = 0;

	SIMD for (size_t i = 0; i < n; i++) out[i] = exp_of_f32(in[i] - shift);
	sum_loop_f32(&total, out, n);
	return total;
}

static double shifted_exp_loop_f64(double *out, const double *in, double shift, size_t n)
{
	double total[2] = {0, 0};

	SIMD for (size_t i = 0; i < n; i++) out[i] = exp_of_f64(in[i] - shift);
	sum_loop_f64(total, out, n);
	return total[0] + total[1];
}

#endif
