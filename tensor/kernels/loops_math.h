/* SPDX-License-Identifier: MIT */
/*
 * exp, log, tanh, sigmoid, sin and cos without branches, so that loops of them
 * vectorise.  Part of loops.c only.
 *
 * Reduction of the argument after Cody and Waite ("Software Manual for the
 * Elementary Functions", 1980), then a Taylor polynomial long enough that its
 * remainder is below a tenth of a unit in the last place:
 *   exp x = 2^n exp r,   r = x - n ln 2, |r| <= ln 2 / 2
 *   log x = k ln 2 + log m,   sqrt(1/2) <= m < sqrt 2,   log m = 2 artanh((m-1)/(m+1))
 *   sin, cos: r = x - n pi, n whole or half of odd, |r| <= pi/2
 * tanh and sigmoid follow from exp r - 1 and exp, written so that nothing
 * cancels.  Adding and taking away 1.5 * 2^(mantissa bits) rounds to an
 * integer, whose low bits then stand in the mantissa.
 */
#ifndef NDK_LOOPS_MATH_H
#define NDK_LOOPS_MATH_H

#include <math.h>
#include <stdint.h>

#include "half.h"

#define ROUND_F32 0x1.8p23f
#define ROUND_F64 0x1.8p52

/* exp r - 1 for |r| <= ln 2 / 2 */
static inline float exp_poly_f32(float r)
{
	float q = 1.f / 5040;

	q = q * r + 1.f / 720;
	q = q * r + 1.f / 120;
	q = q * r + 1.f / 24;
	q = q * r + 1.f / 6;
	q = q * r + 0.5f;
	return q * (r * r) + r;
}

static inline double exp_poly_f64(double r)
{
	double q = 1. / 6227020800;

	q = q * r + 1. / 479001600;
	q = q * r + 1. / 39916800;
	q = q * r + 1. / 3628800;
	q = q * r + 1. / 362880;
	q = q * r + 1. / 40320;
	q = q * r + 1. / 5040;
	q = q * r + 1. / 720;
	q = q * r + 1. / 120;
	q = q * r + 1. / 24;
	q = q * r + 1. / 6;
	q = q * r + 0.5;
	return q * (r * r) + r;
}

/* r and n of x, n as integer too; |x| small enough for n's bits */
static inline float exp_reduce_f32(float x, int32_t *n)
{
	float shifted = x * 0x1.715476p0f + ROUND_F32, whole = shifted - ROUND_F32;

	*n = (int32_t)(ndk_bits_f32(shifted) - ndk_bits_f32(ROUND_F32));
	return (x - whole * 0.693359375f) - whole * -0x1.bd0106p-13f;
}

static inline double exp_reduce_f64(double x, int64_t *n)
{
	double shifted = x * 0x1.71547652b82fep0 + ROUND_F64, whole = shifted - ROUND_F64;

	*n = (int64_t)(ndk_bits_f64(shifted) - ndk_bits_f64(ROUND_F64));
	return (x - whole * 0x1.62e42feep-1) - whole * 0x1.a39ef35793c76p-33;
}

static inline float exp2_f32(int32_t n)
{
	return ndk_f32_of(((uint32_t)n + 127) << 23);
}

static inline double exp2_f64(int64_t n)
{
	return ndk_f64_of(((uint64_t)n + 1023) << 52);
}

/* Scaled in two steps: 2^n itself may be beyond the type where the result isn't. */
static inline float exp_of_f32(float x)
{
	float y;
	int32_t n, half;

	x = x > 89.f ? 89.f : x;
	x = x < -105.f ? -105.f : x;
	y = 1 + exp_poly_f32(exp_reduce_f32(x, &n));
	half = n >> 1;
	return y * exp2_f32(half) * exp2_f32((int32_t)((uint32_t)n - (uint32_t)half));
}

static inline double exp_of_f64(double x)
{
	double y;
	int64_t n, half;

	x = x > 710. ? 710. : x;
	x = x < -746. ? -746. : x;
	y = 1 + exp_poly_f64(exp_reduce_f64(x, &n));
	/* n is small; an arithmetic shift of 64 bits is slow before AVX-512 */
	half = (int64_t)((((uint64_t)n + 4096) >> 1) - 2048);
	return y * exp2_f64(half) * exp2_f64((int64_t)((uint64_t)n - (uint64_t)half));
}

/* exp x - 1 for -44 <= x <= 0 */
static inline float expm1_of_f32(float x)
{
	int32_t n;
	float p = exp_poly_f32(exp_reduce_f32(x, &n)), scale = exp2_f32(n);

	return scale * p + (scale - 1);
}

static inline double expm1_of_f64(double x)
{
	int64_t n;
	double p = exp_poly_f64(exp_reduce_f64(x, &n)), scale = exp2_f64(n);

	return scale * p + (scale - 1);
}

static inline float tanh_of_f32(float x)
{
	float size = fabsf(x), e;

	size = size > 10.f ? 10.f : size;
	e = expm1_of_f32(-2 * size);
	return copysignf(-e / (e + 2), x);
}

static inline double tanh_of_f64(double x)
{
	double size = fabs(x), e;

	size = size > 22. ? 22. : size;
	e = expm1_of_f64(-2 * size);
	return copysign(-e / (e + 2), x);
}

static inline float sigmoid_of_f32(float x)
{
	float e = exp_of_f32(-fabsf(x));

	return (x >= 0 ? 1 : e) / (1 + e);
}

static inline double sigmoid_of_f64(double x)
{
	double e = exp_of_f64(-fabs(x));

	return (x >= 0 ? 1 : e) / (1 + e);
}

/* Of positive normal numbers; BIAS is added to the exponent. */
static inline float log_normal_f32(float x, float bias)
{
	uint32_t bits = ndk_bits_f32(x) + (0x3f800000u - 0x3f3504f3u);
	float k = (float)((int32_t)(bits >> 23) - 127) + bias;
	float f = ndk_f32_of((bits & 0x7fffffu) + 0x3f3504f3u) - 1;
	float s = f / (2 + f), z = s * s, half = 0.5f * f * f, r;

	r = z * (2.f / 3 + z * (2.f / 5 + z * (2.f / 7 + z * (2.f / 9))));
	return k * 0.693359375f + (f - (half - (s * (half + r) + k * -0x1.bd0106p-13f)));
}

/* The series of artanh cut to seven terms by interpolation at Chebyshev's points. */
static inline double log_normal_f64(double x, double bias)
{
	uint64_t bits = ndk_bits_f64(x) + (0x3ff0000000000000u - 0x3fe6a09e667f3bcdu);
	/* an integer below 2^52 set into the mantissa of 2^52 is that much more */
	double k = ndk_f64_of((bits >> 52) | 0x4330000000000000u) - (0x1p52 + 1023) + bias;
	double f = ndk_f64_of((bits & 0xfffffffffffffu) + 0x3fe6a09e667f3bcdu) - 1;
	double s = f / (2 + f), z = s * s, half = 0.5 * f * f, r;

	r = 0x1.2b588899cae4ep-3;
	r = r * z + 0x1.39fe5b62d0d7ap-3;
	r = r * z + 0x1.7462b4d1c4013p-3;
	r = r * z + 0x1.c71c62e4f8791p-3;
	r = r * z + 0x1.2492492df1b31p-2;
	r = r * z + 0x1.99999999952dep-2;
	r = r * z + 0x1.5555555555558p-1;
	r *= z;
	return k * 0x1.62e42feep-1 + (f - (half - (s * (half + r) + k * 0x1.a39ef35793c76p-33)));
}

/* Chunks without zeros, subnormal, negative and infinite numbers and NaN go the short way. */
#define LOG(name, T, normal, smallest, scale, bias)                                                \
	static inline T name##_any(T x)                                                            \
	{                                                                                          \
		T y = normal(x < (smallest) ? x * (scale) : x, x < (smallest) ? (bias) : 0);       \
                                                                                                   \
		y = ((x == (T)INFINITY) | (x != x)) ? x : y;                                       \
		y = x < 0 ? (T)NAN : y;                                                            \
		return x == 0 ? -(T)INFINITY : y;                                                  \
	}                                                                                          \
	static void name(void *out, const void *in, size_t n)                                      \
	{                                                                                          \
		T *to = out;                                                                       \
		const T *p = in;                                                                   \
                                                                                                   \
		for (size_t at = 0; at < n; at += 256) {                                           \
			size_t end = n - at < 256 ? n : at + 256, i;                               \
			int odd = 0;                                                               \
                                                                                                   \
			for (i = at; i < end; i++)                                                 \
				odd |= !(p[i] >= (smallest)) | !(p[i] < (T)INFINITY);              \
			if (odd) {                                                                 \
				SIMD for (i = at; i < end; i++) to[i] = name##_any(p[i]);          \
				continue;                                                          \
			}                                                                          \
			SIMD for (i = at; i < end; i++) to[i] = normal(p[i], 0);                   \
		}                                                                                  \
	}

LOG(log_loop_f32, float, log_normal_f32, 0x1p-126f, 0x1p23f, -23.f)
LOG(log_loop_f64, double, log_normal_f64, 0x1p-1022, 0x1p52, -52.)

/* Up to this size the reductions below are exact enough; beyond, the C library's. */
#define TRIG_LIMIT 0x1p16

/*
 * sin of r, |r| <= pi/2, up to its sign: cos x is sin of x + pi/2, so that its
 * r is the distance from the odd multiple of pi/2 nearby.  HALF is 0 or 1/2.
 */
static inline double trig_of_f64(double x, double half)
{
	double shifted = (x * 0x1.45f306dc9c883p-2 - half) + ROUND_F64;
	double whole = (shifted - ROUND_F64) + half, far, near, r, z, s;
	/* cos: the sine of pi/2 - r for even n, so the other sign */
	uint64_t odd = ndk_bits_f64(shifted) + (half != 0);

	/* pi in parts of 33 bits: the first products are exact; what R loses is added again */
	far = x - whole * 0x1.921fb544p1;
	near = whole * 0x1.0b4611a6p-33;
	r = far - near;
	r += ((far - r) - near) - whole * 0x1.3198a2e037073p-68;
	z = r * r;
	/* (sin(r)/r - 1) / z, interpolated at Chebyshev's points of (0, pi^2/4) */
	s = 0x1.89a4866f527ebp-49;
	s = s * z - 0x1.ae5138c1216b3p-41;
	s = s * z + 0x1.6124015b5ee3ap-33;
	s = s * z - 0x1.ae6455a1d7087p-26;
	s = s * z + 0x1.71de3a5456716p-19;
	s = s * z - 0x1.a01a01a018aadp-13;
	s = s * z + 0x1.1111111111107p-7;
	s = s * z - 0x1.5555555555555p-3;
	s = r + r * z * s;
	s = x == 0 && half == 0 ? x : s;
	return ndk_f64_of(ndk_bits_f64(s) ^ odd << 63);
}

#ifdef __FMA__
/* In f32 itself: fused, the products of the parts lose nothing. */
static inline float trig_of_f32(float x, float half)
{
	float shifted = (x * 0x1.45f306p-2f - half) + ROUND_F32;
	float whole = (shifted - ROUND_F32) + half, r, z, s;
	uint32_t odd = ndk_bits_f32(shifted) + (half != 0);

	r = __builtin_fmaf(whole, -0x1.921fb6p1f, x);
	r = __builtin_fmaf(whole, 0x1.777a5cp-24f, r);
	r = __builtin_fmaf(whole, 0x1.ee59dap-49f, r);
	z = r * r;
	s = 1.f / 6227020800;
	s = s * z - 1.f / 39916800;
	s = s * z + 1.f / 362880;
	s = s * z - 1.f / 5040;
	s = s * z + 1.f / 120;
	s = s * z - 1.f / 6;
	s = r + r * z * s;
	s = x == 0 && half == 0 ? x : s;
	return ndk_f32_of(ndk_bits_f32(s) ^ odd << 31);
}
#else
static inline float trig_of_f32(float x, float half)
{
	return (float)trig_of_f64(x, half);
}
#endif

#define TRIG(name, T, of, HALF, libm)                                                              \
	static void name(void *out, const void *in, size_t n)                                      \
	{                                                                                          \
		T *to = out;                                                                       \
		const T *p = in;                                                                   \
                                                                                                   \
		for (size_t at = 0; at < n; at += 256) {                                           \
			size_t end = n - at < 256 ? n : at + 256, i;                               \
			int large = 0;                                                             \
                                                                                                   \
			for (i = at; i < end; i++)                                                 \
				large |= !(p[i] <= (T)TRIG_LIMIT && p[i] >= -(T)TRIG_LIMIT);       \
			if (large) {                                                               \
				for (i = at; i < end; i++)                                         \
					to[i] = libm(p[i]);                                        \
				continue;                                                          \
			}                                                                          \
			SIMD for (i = at; i < end; i++) to[i] = of(p[i], HALF);                    \
		}                                                                                  \
	}

TRIG(sin_loop_f32, float, trig_of_f32, 0.f, sinf)
TRIG(cos_loop_f32, float, trig_of_f32, 0.5f, cosf)
TRIG(sin_loop_f64, double, trig_of_f64, 0., sin)
TRIG(cos_loop_f64, double, trig_of_f64, 0.5, cos)

UNARY(exp_loop_f32, float, float, exp_of_f32(A))
UNARY(exp_loop_f64, double, double, exp_of_f64(A))
UNARY(tanh_loop_f32, float, float, tanh_of_f32(A))
UNARY(tanh_loop_f64, double, double, tanh_of_f64(A))
UNARY(sigmoid_loop_f32, float, float, sigmoid_of_f32(A))
UNARY(sigmoid_loop_f64, double, double, sigmoid_of_f64(A))
UNARY(tan_loop_f32, float, float, tanf(A))
UNARY(tan_loop_f64, double, double, tan(A))
UNARY(asin_loop_f32, float, float, asinf(A))
UNARY(asin_loop_f64, double, double, asin(A))
UNARY(acos_loop_f32, float, float, acosf(A))
UNARY(acos_loop_f64, double, double, acos(A))
UNARY(atan_loop_f32, float, float, atanf(A))
UNARY(atan_loop_f64, double, double, atan(A))

#endif
