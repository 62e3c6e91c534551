/* SPDX-License-Identifier: MIT */
/*
 * binary16 and bfloat16 to f32 and back, in integer steps without branches, so
 * that loops of them vectorise.  Rounding is to nearest even (IEEE 754-2008).
 */
#ifndef NDK_HALF_H
#define NDK_HALF_H

#include <stdint.h>
#include <string.h>

/* The kernels of GPUs include this file as well, with a specifier of theirs. */
#ifndef NDK_HALF_INLINE
#define NDK_HALF_INLINE static inline
#endif

NDK_HALF_INLINE uint32_t ndk_bits_f32(float value)
{
	uint32_t bits;

	memcpy(&bits, &value, sizeof bits);
	return bits;
}

NDK_HALF_INLINE float ndk_f32_of(uint32_t bits)
{
	float value;

	memcpy(&value, &bits, sizeof value);
	return value;
}

NDK_HALF_INLINE uint64_t ndk_bits_f64(double value)
{
	uint64_t bits;

	memcpy(&bits, &value, sizeof bits);
	return bits;
}

NDK_HALF_INLINE double ndk_f64_of(uint64_t bits)
{
	double value;

	memcpy(&value, &bits, sizeof value);
	return value;
}

/* The exponent is rebased by a multiplication, which normalises subnormals too. */
NDK_HALF_INLINE float ndk_f16_to_f32(uint16_t half)
{
	uint32_t magnitude = (uint32_t)(half & 0x7fffu) << 13;
	uint32_t bits = ndk_bits_f32(ndk_f32_of(magnitude) * 0x1p112f);

	bits |= magnitude >= 0x0f800000u ? 0x7f800000u : 0;
	return ndk_f32_of(bits | (uint32_t)(half & 0x8000u) << 16);
}

NDK_HALF_INLINE uint16_t ndk_f32_to_f16(float value)
{
	uint32_t bits = ndk_bits_f32(value), sign = bits >> 16 & 0x8000u;
	uint32_t magnitude = bits & 0x7fffffffu;
	/* below the smallest normal: adding 0.5 puts the last kept bit last */
	uint32_t small = ndk_bits_f32(ndk_f32_of(magnitude) + 0.5f) - 0x3f000000u;
	uint32_t normal = (magnitude - 0x38000000u + 0xfffu + (magnitude >> 13 & 1)) >> 13;
	uint32_t special = magnitude > 0x7f800000u ? 0x7e00u : 0x7c00u;
	uint32_t half = magnitude < 0x38800000u ? small : normal;

	half = magnitude >= 0x47800000u ? special : half;
	return (uint16_t)(half | sign);
}

NDK_HALF_INLINE float ndk_bf16_to_f32(uint16_t half)
{
	return ndk_f32_of((uint32_t)half << 16);
}

NDK_HALF_INLINE uint16_t ndk_f32_to_bf16(float value)
{
	uint32_t bits = ndk_bits_f32(value);
	uint32_t rounded = (bits + 0x7fffu + (bits >> 16 & 1)) >> 16;
	uint32_t nan = bits >> 16 | 0x40u;

	return (uint16_t)((bits & 0x7fffffffu) > 0x7f800000u ? nan : rounded);
}

/* f64 to f32 rounded to odd, from where a second rounding errs no more. */
NDK_HALF_INLINE float ndk_f64_to_f32_odd(double value)
{
	float near = (float)value;
	double back = near;
	uint32_t bits = ndk_bits_f32(near);
	uint64_t magnitude = ndk_bits_f64(value) & ~(1ull << 63);
	uint32_t beyond = (ndk_bits_f64(back) & ~(1ull << 63)) > magnitude;
	uint32_t odd = (bits - beyond) | 1;

	return ndk_f32_of(back == value || value != value ? bits : odd);
}

#endif
