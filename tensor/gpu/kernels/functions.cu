/* SPDX-License-Identifier: MIT */
/*
 * Powers, remainders and the functions of analysis, apart from the lighter
 * kernels: they need many more registers.  CUDA's own functions, whose errors
 * are at most 2 units in the last place, powers' and tangents' at most 4.
 */
#include "common.cuh"

/* Python's rule: the sign of the divisor, of a zero rest too. */
template <typename T> static __device__ __forceinline__ T rest_of(T a, T b)
{
	T rest = fmod(a, b);

	if (rest == 0)
		return copysign((T)0, b);
	return (rest < 0) != (b < 0) ? rest + b : rest;
}

template <typename T> static __device__ __forceinline__ T power(int op, T a, T b)
{
	if (op == NDK_MOD)
		return rest_of(a, b);
	return b == 2 ? a * a : pow(a, b);
}

/* Exponents are not negative: the host has looked. */
template <> __device__ __forceinline__ int64_t power<int64_t>(int op, int64_t a, int64_t b)
{
	uint64_t result = 1, square = (uint64_t)a;
	int64_t rest;

	if (op == NDK_MOD) {
		if (b == 0 || b == -1)
			return 0;
		rest = a % b;
		return rest && (rest < 0) != (b < 0) ? rest + b : rest;
	}
	for (; b > 0; b >>= 1) {
		if (b & 1)
			result *= square;
		square *= square;
	}
	return (int64_t)result;
}

NDG_KERNEL_FUNCTION(power_f32)(ndg_elementwise e)
{
	each_of_two<float, power<float>>(e);
}

NDG_KERNEL_FUNCTION(power_f64)(ndg_elementwise e)
{
	each_of_two<double, power<double>>(e);
}

NDG_KERNEL_FUNCTION(power_i64)(ndg_elementwise e)
{
	each_of_two<int64_t, power<int64_t>>(e);
}

/* Written so that nothing overflows: exp of a negative number only. */
template <typename T> static __device__ __forceinline__ T sigmoid(T a)
{
	T small = exp(-fabs(a));

	return (a >= 0 ? (T)1 : small) / (1 + small);
}

template <typename T> static __device__ __forceinline__ T function(int op, T a)
{
	switch (op) {
	case NDK_EXP: return exp(a);
	case NDK_LOG: return log(a);
	case NDK_SIN: return sin(a);
	case NDK_COS: return cos(a);
	case NDK_TAN: return tan(a);
	case NDK_ASIN: return asin(a);
	case NDK_ACOS: return acos(a);
	case NDK_ATAN: return atan(a);
	case NDK_TANH: return tanh(a);
	default: return sigmoid(a);
	}
}

NDG_KERNEL_FUNCTION(function_f32)(ndg_elementwise e)
{
	each_of_one<float, function<float>>(e);
}

NDG_KERNEL_FUNCTION(function_f64)(ndg_elementwise e)
{
	each_of_one<double, function<double>>(e);
}
