/* SPDX-License-Identifier: MIT */
/*
 * Conversion between each two types, see ndk_copy for the rules.  Part of
 * loops.c only.
 */
#ifndef NDK_LOOPS_CONVERT_H
#define NDK_LOOPS_CONVERT_H

#include <stdint.h>
#include <string.h>

#include "half.h"


/* Saturating; every comparison is false for NaN.  LOW and PAST are exact in T. */
#define SATURATE(T, R, suffix, LOW, PAST, MIN, MAX)                                                \
	static inline R suffix(T v)                                                                \
	{                                                                                          \
		T inside = v >= (T)(LOW) && v < (T)(PAST) ? v : 0;                                 \
		R whole = (R)inside;                                                               \
                                                                                                   \
		whole = v >= (T)(PAST) ? (R)(MAX) : whole;                                         \
		return v < (T)(LOW) ? (R)(MIN) : whole;                                            \
	}

SATURATE(float, int8_t, f32_to_i8, -128, 128, INT8_MIN, INT8_MAX)
SATURATE(double, int8_t, f64_to_i8, -128, 128, INT8_MIN, INT8_MAX)
SATURATE(float, uint8_t, f32_to_u8, 0, 256, 0, UINT8_MAX)
SATURATE(double, uint8_t, f64_to_u8, 0, 256, 0, UINT8_MAX)
SATURATE(float, int32_t, f32_to_i32, -0x1p31, 0x1p31, INT32_MIN, INT32_MAX)
SATURATE(double, int32_t, f64_to_i32, -0x1p31, 0x1p31, INT32_MIN, INT32_MAX)
SATURATE(float, int64_t, f32_to_i64, -0x1p63, 0x1p63, INT64_MIN, INT64_MAX)
SATURATE(double, int64_t, f64_to_i64, -0x1p63, 0x1p63, INT64_MIN, INT64_MAX)

/* Narrowing a whole number of 64 bits twice: by way of f64 rounded to odd. */
static inline float i64_to_f32_odd(int64_t v)
{
	double wide = (double)v;

	return ndk_f64_to_f32_odd(wide);
}

#define CONVERT(to, from, R, T, expr)                                                              \
	static void to##_from_##from(void *out, int64_t out_stride, const void *in,                \
				     int64_t in_stride, size_t n)                                  \
	{                                                                                          \
		char *o = out;                                                                     \
		const char *p = in;                                                                \
                                                                                                   \
		if (out_stride == sizeof(R) && in_stride == sizeof(T)) {                           \
			R *restrict to_row = out;                                                  \
			const T *restrict from_row = in;                                           \
			SIMD for (size_t i = 0; i < n; i++)                                        \
			{                                                                          \
				const T v = from_row[i];                                           \
				to_row[i] = (R)(expr);                                             \
			}                                                                          \
			return;                                                                    \
		}                                                                                  \
		for (size_t i = 0; i < n; i++, o += out_stride, p += in_stride) {                  \
			const T v = *(const T *)p;                                                 \
			*(R *)o = (R)(expr);                                                       \
		}                                                                                  \
	}

/* clang-format off */
#define FROM_INTEGER(from, T)                                                                      \
	CONVERT(f32, from, float, T, v)                                                            \
	CONVERT(f64, from, double, T, v)                                                           \
	CONVERT(f16, from, uint16_t, T, ndk_f32_to_f16((float)v))                                  \
	CONVERT(bf16, from, uint16_t, T, ndk_f32_to_bf16(i64_to_f32_odd(v)))                       \
	CONVERT(i8, from, int8_t, T, v)                                                            \
	CONVERT(u8, from, uint8_t, T, v)                                                           \
	CONVERT(i32, from, int32_t, T, v)                                                          \
	CONVERT(i64, from, int64_t, T, v)                                                          \
	CONVERT(bool, from, uint8_t, T, v != 0)

#define FROM_BOOL(v) ((v) != 0)
#define FROM_F32(T, from, value)                                                                   \
	CONVERT(f64, from, double, T, value)                                                       \
	CONVERT(f16, from, uint16_t, T, ndk_f32_to_f16(value))                                     \
	CONVERT(bf16, from, uint16_t, T, ndk_f32_to_bf16(value))                                   \
	CONVERT(i8, from, int8_t, T, f32_to_i8(value))                                             \
	CONVERT(u8, from, uint8_t, T, f32_to_u8(value))                                            \
	CONVERT(i32, from, int32_t, T, f32_to_i32(value))                                          \
	CONVERT(i64, from, int64_t, T, f32_to_i64(value))                                          \
	CONVERT(bool, from, uint8_t, T, (value) != 0)

FROM_INTEGER(i8, int8_t)
FROM_INTEGER(u8, uint8_t)
FROM_INTEGER(i32, int32_t)
FROM_INTEGER(i64, int64_t)
FROM_F32(float, f32, v)
FROM_F32(uint16_t, f16, ndk_f16_to_f32(v))
FROM_F32(uint16_t, bf16, ndk_bf16_to_f32(v))
CONVERT(f32, f32, float, float, v)
CONVERT(f32, f16, float, uint16_t, ndk_f16_to_f32(v))
CONVERT(f32, bf16, float, uint16_t, ndk_bf16_to_f32(v))
CONVERT(f32, f64, float, double, v)
CONVERT(f64, f64, double, double, v)
CONVERT(f16, f64, uint16_t, double, ndk_f32_to_f16(ndk_f64_to_f32_odd(v)))
CONVERT(bf16, f64, uint16_t, double, ndk_f32_to_bf16(ndk_f64_to_f32_odd(v)))
CONVERT(i8, f64, int8_t, double, f64_to_i8(v))
CONVERT(u8, f64, uint8_t, double, f64_to_u8(v))
CONVERT(i32, f64, int32_t, double, f64_to_i32(v))
CONVERT(i64, f64, int64_t, double, f64_to_i64(v))
CONVERT(bool, f64, uint8_t, double, v != 0)
CONVERT(f32, bool, float, uint8_t, FROM_BOOL(v))
CONVERT(f64, bool, double, uint8_t, FROM_BOOL(v))
CONVERT(f16, bool, uint16_t, uint8_t, v ? 0x3c00 : 0)
CONVERT(bf16, bool, uint16_t, uint8_t, v ? 0x3f80 : 0)
CONVERT(i8, bool, int8_t, uint8_t, FROM_BOOL(v))
CONVERT(u8, bool, uint8_t, uint8_t, FROM_BOOL(v))
CONVERT(i32, bool, int32_t, uint8_t, FROM_BOOL(v))
CONVERT(i64, bool, int64_t, uint8_t, FROM_BOOL(v))
CONVERT(bool, bool, uint8_t, uint8_t, FROM_BOOL(v))
/* clang-format on */

#endif
