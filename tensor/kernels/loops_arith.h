/* SPDX-License-Identifier: MIT */
/*
 * Arithmetic, comparisons and tests on contiguous rows: macros that make one
 * loop per operation and type.  Part of loops.c only.  Rows may be the output
 * itself but overlap in no other way, which is what `simd` promises.
 */
#ifndef NDK_LOOPS_ARITH_H
#define NDK_LOOPS_ARITH_H

#include <math.h>
#include <stdint.h>

#include "loops_store.h"

#define SIMD _Pragma("omp simd")

/* TO[i] = EXPR of A = p[i] and B = q[i]. */
#define EACH(T, R, expr)                                                                           \
	SIMD for (i = 0; i < n; i++)                                                               \
	{                                                                                          \
		const T A = p[i], B = q[i];                                                        \
		to[i] = (R)(expr);                                                                 \
	}

/* The same, past the caches where the row is longer than they are. */
#define STREAM(T, R, expr)                                                                         \
	enum { LANES = PIECE / sizeof(R) };                                                        \
	size_t from = 0;                                                                           \
                                                                                                   \
	if (CAN_STREAM && ndk_is_streamed(sizeof(R), n) && !((uintptr_t)to % PIECE)) {             \
		for (; from + LANES <= n; from += LANES) {                                         \
			_Alignas(PIECE) R piece[LANES];                                            \
                                                                                                   \
			SIMD for (i = 0; i < LANES; i++)                                           \
			{                                                                          \
				const T A = p[from + i], B = q[from + i];                          \
				piece[i] = (R)(expr);                                              \
			}                                                                          \
			store_piece(to + from, piece);                                             \
		}                                                                                  \
		store_end();                                                                       \
	}                                                                                          \
	SIMD for (i = from; i < n; i++)                                                            \
	{                                                                                          \
		const T A = p[i], B = q[i];                                                        \
		to[i] = (R)(expr);                                                                 \
	}

/*
 * out[i] = EXPR of A and B; four loops, so that a scalar stays in a register.  ROWS is the
 * one for two rows: EACH, or STREAM for what costs less than to move its operands.
 */
#define BINARY_BY(ROWS, name, T, R, expr)                                                          \
	static void name(void *out, const void *a, const void *b, size_t n, unsigned scalars)      \
	{                                                                                          \
		R *to = out;                                                                       \
		const T *p = a, *q = b;                                                            \
		size_t i;                                                                          \
                                                                                                   \
		if (scalars == 0) {                                                                \
			ROWS(T, R, expr);                                                          \
		} else if (scalars == NDK_SCALAR_A) {                                              \
			const T A = *p;                                                            \
			SIMD for (i = 0; i < n; i++)                                               \
			{                                                                          \
				const T B = q[i];                                                  \
				to[i] = (R)(expr);                                                 \
			}                                                                          \
		} else if (scalars == NDK_SCALAR_B) {                                              \
			const T B = *q;                                                            \
			SIMD for (i = 0; i < n; i++)                                               \
			{                                                                          \
				const T A = p[i];                                                  \
				to[i] = (R)(expr);                                                 \
			}                                                                          \
		} else {                                                                           \
			const T A = *p, B = *q;                                                    \
			const R value = (R)(expr);                                                 \
			SIMD for (i = 0; i < n; i++) to[i] = value;                                \
		}                                                                                  \
	}

#define BINARY(name, T, R, expr) BINARY_BY(EACH, name, T, R, expr)
#define BINARY_STREAMED(name, T, R, expr) BINARY_BY(STREAM, name, T, R, expr)

#define UNARY(name, T, R, expr)                                                                    \
	static void name(void *out, const void *in, size_t n)                                      \
	{                                                                                          \
		R *to = out;                                                                       \
		const T *p = in;                                                                   \
                                                                                                   \
		SIMD for (size_t i = 0; i < n; i++)                                                \
		{                                                                                  \
			const T A = p[i];                                                          \
			to[i] = (R)(expr);                                                         \
		}                                                                                  \
	}

/* Integers wrap around: computed in unsigned types at least as wide as int. */
#define INTEGER_DIVISION(T, U, suffix, smallest)                                                   \
	static inline T div_##suffix(T a, T b)                                                     \
	{                                                                                          \
		T quotient;                                                                        \
                                                                                                   \
		if (b == 0)                                                                        \
			return 0;                                                                  \
		if ((smallest) < 0 && b == (T)-1)                                                  \
			return (T)(0 - (U)a);                                                      \
		quotient = (T)(a / b);                                                             \
		return (T)(quotient - (a % b != 0 && (a < 0) != (b < 0)));                         \
	}                                                                                          \
	static inline T mod_##suffix(T a, T b)                                                     \
	{                                                                                          \
		T rest;                                                                            \
                                                                                                   \
		if (b == 0 || ((smallest) < 0 && b == (T)-1))                                      \
			return 0;                                                                  \
		rest = (T)(a % b);                                                                 \
		return (T)(rest && (rest < 0) != (b < 0) ? rest + b : rest);                       \
	}                                                                                          \
	static inline T pow_##suffix(T base, T exponent)                                           \
	{                                                                                          \
		U result = 1, square = (U)base;                                                    \
                                                                                                   \
		for (; exponent > 0; exponent = (T)(exponent >> 1)) {                              \
			if (exponent & 1)                                                          \
				result *= square;                                                  \
			square *= square;                                                          \
		}                                                                                  \
		return (T)result;                                                                  \
	}

/* clang-format off */
INTEGER_DIVISION(int8_t, uint32_t, i8, -1)
INTEGER_DIVISION(uint8_t, uint32_t, u8, 0)
INTEGER_DIVISION(int32_t, uint32_t, i32, -1)
INTEGER_DIVISION(int64_t, uint64_t, i64, -1)

#define INTEGERS(T, U, suffix)                                                                     \
	BINARY_STREAMED(add_loop_##suffix, T, T, (U)A + (U)B)                                      \
	BINARY_STREAMED(sub_loop_##suffix, T, T, (U)A - (U)B)                                      \
	BINARY_STREAMED(mul_loop_##suffix, T, T, (U)A * (U)B)                                      \
	BINARY_STREAMED(div_loop_##suffix, T, T, div_##suffix(A, B))                               \
	BINARY(mod_loop_##suffix, T, T, mod_##suffix(A, B))                                        \
	BINARY(pow_loop_##suffix, T, T, pow_##suffix(A, B))                                        \
	BINARY_STREAMED(maximum_loop_##suffix, T, T, A > B ? A : B)                                \
	BINARY_STREAMED(minimum_loop_##suffix, T, T, A < B ? A : B)                                \
	UNARY(neg_loop_##suffix, T, T, 0 - (U)A)                                                   \
	UNARY(abs_loop_##suffix, T, T, A < 0 ? 0 - (U)A : (U)A)                                    \
	UNARY(square_loop_##suffix, T, T, (U)A * (U)A)                                             \
	UNARY(relu_loop_##suffix, T, T, A > 0 ? A : 0)                                             \
	UNARY(same_loop_##suffix, T, T, A)

INTEGERS(int8_t, uint32_t, i8)
INTEGERS(uint8_t, uint32_t, u8)
INTEGERS(int32_t, uint32_t, i32)
INTEGERS(int64_t, uint64_t, i64)

/* bool rows here are 0 or 1: ndk_row_as makes them so */
BINARY(or_loop, uint8_t, uint8_t, A | B)
BINARY(and_loop, uint8_t, uint8_t, A & B)

/* clang-format on */

/* Python's rule: the sign of the divisor, of a zero rest too. */
#define FLOAT_MOD(T, suffix, fmod_of, copysign_of)                                                 \
	static inline T mod_##suffix(T a, T b)                                                     \
	{                                                                                          \
		T rest = fmod_of(a, b);                                                            \
                                                                                                   \
		if (rest == 0)                                                                     \
			return copysign_of(0, b);                                                  \
		return (rest < 0) != (b < 0) ? rest + b : rest;                                    \
	}

FLOAT_MOD(float, f32, fmodf, copysignf)
FLOAT_MOD(double, f64, fmod, copysign)

/* A row by one power, the commonest ones without the C library. */
#define FLOAT_POW(T, suffix, pow_of)                                                               \
	BINARY(general_pow_##suffix, T, T, pow_of(A, B))                                           \
	static void pow_loop_##suffix(void *out, const void *a, const void *b, size_t n,           \
				      unsigned scalars)                                            \
	{                                                                                          \
		if (scalars == NDK_SCALAR_B && *(const T *)b == 2)                                 \
			square_loop_##suffix(out, a, n);                                           \
		else if (scalars == NDK_SCALAR_B && *(const T *)b == 1)                            \
			same_loop_##suffix(out, a, n);                                             \
		else                                                                               \
			general_pow_##suffix(out, a, b, n, scalars);                               \
	}

/*
 * NaN compares as not greater, so B is chosen if it is NaN; A's NaN is added
 * (-0 changes nothing else).  In this form the choice is one instruction.
 */
#define FLOATS(T, suffix, abs_of, sqrt_of, floor_of, ceil_of, round_of)                            \
	BINARY_STREAMED(add_loop_##suffix, T, T, A + B)                                            \
	BINARY_STREAMED(sub_loop_##suffix, T, T, A - B)                                            \
	BINARY_STREAMED(mul_loop_##suffix, T, T, A *B)                                             \
	BINARY_STREAMED(div_loop_##suffix, T, T, A / B)                                            \
	BINARY(mod_loop_##suffix, T, T, mod_##suffix(A, B))                                        \
	BINARY_STREAMED(maximum_loop_##suffix, T, T, (A > B ? A : B) + (A != A ? A : -(T)0.0))     \
	BINARY_STREAMED(minimum_loop_##suffix, T, T, (A < B ? A : B) + (A != A ? A : -(T)0.0))     \
	UNARY(neg_loop_##suffix, T, T, -A)                                                         \
	UNARY(abs_loop_##suffix, T, T, abs_of(A))                                                  \
	UNARY(sqrt_loop_##suffix, T, T, sqrt_of(A))                                                \
	UNARY(square_loop_##suffix, T, T, A *A)                                                    \
	UNARY(floor_loop_##suffix, T, T, floor_of(A))                                              \
	UNARY(ceil_loop_##suffix, T, T, ceil_of(A))                                                \
	UNARY(round_loop_##suffix, T, T, round_of(A))                                              \
	UNARY(relu_loop_##suffix, T, T, A != A ? A : (A > 0 ? A : 0))                              \
	UNARY(same_loop_##suffix, T, T, A)                                                         \
	UNARY(isnan_loop_##suffix, T, uint8_t, A != A)                                             \
	UNARY(isinf_loop_##suffix, T, uint8_t, abs_of(A) == (T)INFINITY)                           \
	UNARY(isfinite_loop_##suffix, T, uint8_t, abs_of(A) < (T)INFINITY)

FLOATS(float, f32, fabsf, sqrtf, floorf, ceilf, rintf)
FLOATS(double, f64, fabs, sqrt, floor, ceil, rint)
FLOAT_POW(float, f32, powf)
FLOAT_POW(double, f64, pow)

UNARY(zero_loop_i8, int8_t, uint8_t, A * 0)
UNARY(zero_loop_i32, int32_t, uint8_t, (A & 0) != 0)
UNARY(zero_loop_i64, int64_t, uint8_t, (A & 0) != 0)
UNARY(one_loop_i8, int8_t, uint8_t, (A & 0) == 0)
UNARY(one_loop_i32, int32_t, uint8_t, (A & 0) == 0)
UNARY(one_loop_i64, int64_t, uint8_t, (A & 0) == 0)

#define COMPARISONS(T, suffix)                                                                     \
	BINARY(eq_loop_##suffix, T, uint8_t, A == B)                                               \
	BINARY(ne_loop_##suffix, T, uint8_t, A != B)                                               \
	BINARY(gt_loop_##suffix, T, uint8_t, A > B)                                                \
	BINARY(ge_loop_##suffix, T, uint8_t, A >= B)                                               \
	BINARY(lt_loop_##suffix, T, uint8_t, A < B)                                                \
	BINARY(le_loop_##suffix, T, uint8_t, A <= B)                                               \
	UNARY(not_loop_##suffix, T, uint8_t, A == 0)

COMPARISONS(float, f32)
COMPARISONS(double, f64)
COMPARISONS(int8_t, i8)
COMPARISONS(uint8_t, u8)
COMPARISONS(int32_t, i32)
COMPARISONS(int64_t, i64)

#endif
