/* SPDX-License-Identifier: MIT */
/*
 * What the kernels share: reading and writing elements of any type, and finding
 * them.  Conversions are those of ndk_copy (kernels/ndk.h).
 *
 * Compiled by nvcc into PTX, and by the C++ compiler into the twins that the
 * simulated driver runs (tests/nd/twins), where twin.h stands in for CUDA.
 */
#ifndef NDG_COMMON_CUH
#define NDG_COMMON_CUH

#ifdef __CUDACC__
#define NDG_FUNCTION static __device__ __forceinline__
#define NDG_CALLED static __device__ __noinline__
#define NDG_UNROLL _Pragma("unroll")
#define NDG_ROLLED _Pragma("unroll 1")
#else
#include "twin.h"
#define NDG_FUNCTION static inline
#define NDG_CALLED static
#define NDG_UNROLL
#define NDG_ROLLED
#endif

#include <math.h>
#include <stdint.h>

#define NDK_HALF_INLINE NDG_FUNCTION
#include "../../kernels/half.h"
#include "args.h"

#define NDG_KERNEL_FUNCTION(name) extern "C" __global__ void nd_##name

/* For every element of COUNT that is this thread's. */
#define NDG_FOR_EACH(i, count)                                                                     \
	for (int64_t i = (int64_t)blockIdx.x * blockDim.x + threadIdx.x; i < (count);              \
	     i += (int64_t)gridDim.x * blockDim.x)

/* Truncated and kept within the type; NaN is 0. */
NDG_FUNCTION int64_t whole_of(double value, int bits, bool is_signed)
{
	double past = is_signed ? ldexp(1.0, bits - 1) : ldexp(1.0, bits);
	double low = is_signed ? -past : 0;

	if (value != value)
		return 0;
	if (value >= past)
		return bits == 64 ? INT64_MAX : (int64_t)(past - 1);
	if (value < low)
		return (int64_t)low;
	return (int64_t)value;
}

/* An i64 as the f32 from which rounding to bf16 errs no more. */
NDG_FUNCTION float odd_of(int64_t value)
{
	float near_ = (float)value;
	uint64_t size = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
	float magnitude = near_ < 0 ? -near_ : near_;
	uint32_t bits = ndk_bits_f32(near_);

	/* below 2^24 exact; 2^63 is no i64 but the f32 next to the largest */
	if (size < (1ull << 24))
		return near_;
	if ((uint64_t)magnitude == size)
		return near_;
	return ndk_f32_of((bits - ((uint64_t)magnitude > size)) | 1);
}

template <typename T> struct element;

template <> struct element<float> {
	static __device__ __forceinline__ float load(int type, const char *at)
	{
		switch (type) {
		case NDK_F32: return *(const float *)at;
		case NDK_F64: return (float)*(const double *)at;
		case NDK_F16: return ndk_f16_to_f32(*(const uint16_t *)at);
		case NDK_BF16: return ndk_bf16_to_f32(*(const uint16_t *)at);
		case NDK_I8: return (float)*(const int8_t *)at;
		case NDK_U8: return (float)*(const uint8_t *)at;
		case NDK_I32: return (float)*(const int32_t *)at;
		case NDK_I64: return (float)*(const int64_t *)at;
		default: return *(const uint8_t *)at != 0;
		}
	}
	static __device__ __forceinline__ void store(int type, char *at, float value)
	{
		switch (type) {
		case NDK_F32: *(float *)at = value; break;
		case NDK_F64: *(double *)at = value; break;
		case NDK_F16: *(uint16_t *)at = ndk_f32_to_f16(value); break;
		case NDK_BF16: *(uint16_t *)at = ndk_f32_to_bf16(value); break;
		case NDK_I8: *(int8_t *)at = (int8_t)whole_of(value, 8, true); break;
		case NDK_U8: *(uint8_t *)at = (uint8_t)whole_of(value, 8, false); break;
		case NDK_I32: *(int32_t *)at = (int32_t)whole_of(value, 32, true); break;
		case NDK_I64: *(int64_t *)at = whole_of(value, 64, true); break;
		default: *(uint8_t *)at = value != 0; break;
		}
	}
	/* To the types whose arithmetic is in f32. */
	static __device__ __forceinline__ void store_own(int type, char *at, float value)
	{
		if (type == NDK_F32)
			*(float *)at = value;
		else
			*(uint16_t *)at =
				type == NDK_F16 ? ndk_f32_to_f16(value) : ndk_f32_to_bf16(value);
	}
	static __device__ __forceinline__ float number(const ndg_operand &o)
	{
		return (float)o.number.real;
	}
};

template <> struct element<double> {
	static __device__ __forceinline__ double load(int type, const char *at)
	{
		switch (type) {
		case NDK_F32: return *(const float *)at;
		case NDK_F64: return *(const double *)at;
		case NDK_F16: return ndk_f16_to_f32(*(const uint16_t *)at);
		case NDK_BF16: return ndk_bf16_to_f32(*(const uint16_t *)at);
		case NDK_I8: return *(const int8_t *)at;
		case NDK_U8: return *(const uint8_t *)at;
		case NDK_I32: return *(const int32_t *)at;
		case NDK_I64: return (double)*(const int64_t *)at;
		default: return *(const uint8_t *)at != 0;
		}
	}
	static __device__ __forceinline__ void store(int type, char *at, double value)
	{
		switch (type) {
		case NDK_F32: *(float *)at = (float)value; break;
		case NDK_F64: *(double *)at = value; break;
		case NDK_F16: *(uint16_t *)at = ndk_f32_to_f16(ndk_f64_to_f32_odd(value)); break;
		case NDK_BF16: *(uint16_t *)at = ndk_f32_to_bf16(ndk_f64_to_f32_odd(value)); break;
		case NDK_I8: *(int8_t *)at = (int8_t)whole_of(value, 8, true); break;
		case NDK_U8: *(uint8_t *)at = (uint8_t)whole_of(value, 8, false); break;
		case NDK_I32: *(int32_t *)at = (int32_t)whole_of(value, 32, true); break;
		case NDK_I64: *(int64_t *)at = whole_of(value, 64, true); break;
		default: *(uint8_t *)at = value != 0; break;
		}
	}
	static __device__ __forceinline__ void store_own(int, char *at, double value)
	{
		*(double *)at = value;
	}
	/* To any float type. */
	static __device__ __forceinline__ void store_real(int type, char *at, double value)
	{
		if (type == NDK_F64)
			*(double *)at = value;
		else if (type == NDK_F32)
			*(float *)at = (float)value;
		else
			element<float>::store_own(type, at, ndk_f64_to_f32_odd(value));
	}
	static __device__ __forceinline__ double number(const ndg_operand &o)
	{
		return o.number.real;
	}
};

template <> struct element<int64_t> {
	static __device__ __forceinline__ int64_t load(int type, const char *at)
	{
		switch (type) {
		case NDK_I8: return *(const int8_t *)at;
		case NDK_U8: return *(const uint8_t *)at;
		case NDK_I32: return *(const int32_t *)at;
		case NDK_I64: return *(const int64_t *)at;
		case NDK_BOOL: return *(const uint8_t *)at != 0;
		default: return whole_of(element<double>::load(type, at), 64, true);
		}
	}
	static __device__ __forceinline__ void store(int type, char *at, int64_t value)
	{
		switch (type) {
		case NDK_F32: *(float *)at = (float)value; break;
		case NDK_F64: *(double *)at = (double)value; break;
		case NDK_F16: *(uint16_t *)at = ndk_f32_to_f16((float)value); break;
		case NDK_BF16: *(uint16_t *)at = ndk_f32_to_bf16(odd_of(value)); break;
		case NDK_I8: *(int8_t *)at = (int8_t)value; break;
		case NDK_U8: *(uint8_t *)at = (uint8_t)value; break;
		case NDK_I32: *(int32_t *)at = (int32_t)value; break;
		case NDK_I64: *(int64_t *)at = value; break;
		default: *(uint8_t *)at = value != 0; break;
		}
	}
	/* To integers and bool. */
	static __device__ __forceinline__ void store_own(int type, char *at, int64_t value)
	{
		switch (type) {
		case NDK_I8:
		case NDK_U8: *(uint8_t *)at = (uint8_t)value; break;
		case NDK_I32: *(int32_t *)at = (int32_t)value; break;
		case NDK_I64: *(int64_t *)at = value; break;
		default: *(uint8_t *)at = value != 0; break;
		}
	}
	static __device__ __forceinline__ int64_t number(const ndg_operand &o)
	{
		return o.number.whole;
	}
};

/* "Not 0" of any type. */
NDG_FUNCTION bool truth_of(int type, const char *at)
{
	switch (type) {
	case NDK_F32: return *(const float *)at != 0;
	case NDK_F64: return *(const double *)at != 0;
	case NDK_F16:
	case NDK_BF16: return (*(const uint16_t *)at & 0x7fff) != 0;
	case NDK_I32: return *(const int32_t *)at != 0;
	case NDK_I64: return *(const int64_t *)at != 0;
	default: return *(const uint8_t *)at != 0;
	}
}

/* Where element I of the first N operands is; unrolled, so that nothing is indexed at run time. */
template <int N> struct places {
	int64_t at[N];

	__device__ __forceinline__ places(const ndg_elementwise &e, int64_t i)
	{
		NDG_UNROLL
		for (int k = 0; k < N; k++)
			at[k] = 0;
		if (e.ndim == 1) {
			NDG_UNROLL
			for (int k = 0; k < N; k++)
				at[k] = i * e.on[k].stride[0];
		} else if (e.count <= INT32_MAX) {
			walk(e, (uint32_t)i);
		} else {
			walk(e, (uint64_t)i);
		}
	}

	template <typename U> __device__ __forceinline__ void walk(const ndg_elementwise &e, U left)
	{
		NDG_UNROLL
		for (int d = NDG_DIMS - 1; d > 0; d--) {
			if (d < e.ndim) {
				U length = (U)e.shape[d], rest = left / length;
				U index = left - rest * length;

				NDG_UNROLL
				for (int k = 0; k < N; k++)
					at[k] += (int64_t)index * e.on[k].stride[d];
				left = rest;
			}
		}
		NDG_UNROLL
		for (int k = 0; k < N; k++)
			at[k] += (int64_t)left * e.on[k].stride[0];
	}
};

/* Element of operand K, which may be a number of the host's. */
template <typename T>
static __device__ __forceinline__ T operand(const ndg_elementwise &e, int k, int64_t at)
{
	return e.on[k].data ? element<T>::load(e.on[k].type, e.on[k].data + at)
			    : element<T>::number(e.on[k]);
}

/* ON[0] = F(op, ON[1]) */
template <typename T, T F(int op, T a)>
static __device__ __forceinline__ void each_of_one(const ndg_elementwise &e)
{
	NDG_FOR_EACH(i, e.count)
	{
		places<2> place(e, i);

		element<T>::store_own(e.on[0].type, e.on[0].data + place.at[0],
				      F(e.op, operand<T>(e, 1, place.at[1])));
	}
}

/* ON[0] = F(op, ON[1], ON[2]) */
template <typename T, T F(int op, T a, T b)>
static __device__ __forceinline__ void each_of_two(const ndg_elementwise &e)
{
	NDG_FOR_EACH(i, e.count)
	{
		places<3> place(e, i);
		T a = operand<T>(e, 1, place.at[1]), b = operand<T>(e, 2, place.at[2]);

		element<T>::store_own(e.on[0].type, e.on[0].data + place.at[0], F(e.op, a, b));
	}
}

/* Steps of position I over the axes, of input and output. */
struct ndg_steps {
	int64_t in, out;
};

template <typename U>
static __device__ __forceinline__ ndg_steps steps(const ndg_axes &axes, U left)
{
	ndg_steps sum = {0, 0};

	NDG_UNROLL
	for (int d = NDG_DIMS - 1; d > 0; d--) {
		if (d < axes.count) {
			U length = (U)axes.length[d], rest = left / length;
			int64_t index = (int64_t)(left - rest * length);

			sum.in += index * axes.in[d];
			sum.out += index * axes.out[d];
			left = rest;
		}
	}
	sum.in += (int64_t)left * axes.in[0];
	sum.out += (int64_t)left * axes.out[0];
	return sum;
}

NDG_FUNCTION ndg_steps step_to(const ndg_axes &axes, int64_t i)
{
	if (axes.count == 1) {
		ndg_steps one = {i * axes.in[0], i * axes.out[0]};

		return one;
	}
	return i <= INT32_MAX ? steps<uint32_t>(axes, (uint32_t)i)
			      : steps<uint64_t>(axes, (uint64_t)i);
}

#endif
