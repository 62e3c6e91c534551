/* SPDX-License-Identifier: MIT */
/*
 * Moving, converting, arithmetic, comparisons, choice, ranges.  Each computes in
 * f32 (for f16, bf16, f32), f64 or i64 (for all integers and bool, whose low
 * bits are the same as computed in their own type); operations and types are
 * chosen inside, alike for all threads.
 */
#include "common.cuh"

template <typename T> static __device__ __forceinline__ void move_elements(const ndg_elementwise &e)
{
	NDG_FOR_EACH(i, e.count)
	{
		places<2> place(e, i);
		T value = e.on[1].data ? *(const T *)(e.on[1].data + place.at[1])
				       : (T)e.on[1].number.whole;

		*(T *)(e.on[0].data + place.at[0]) = value;
	}
}

NDG_KERNEL_FUNCTION(move_8)(ndg_elementwise e)
{
	move_elements<uint8_t>(e);
}

NDG_KERNEL_FUNCTION(move_16)(ndg_elementwise e)
{
	move_elements<uint16_t>(e);
}

NDG_KERNEL_FUNCTION(move_32)(ndg_elementwise e)
{
	move_elements<uint32_t>(e);
}

NDG_KERNEL_FUNCTION(move_64)(ndg_elementwise e)
{
	move_elements<uint64_t>(e);
}

/* By way of T, which holds every value of the source's type. */
template <typename T> static __device__ __forceinline__ void convert(const ndg_elementwise &e)
{
	NDG_FOR_EACH(i, e.count)
	{
		places<2> place(e, i);

		element<T>::store(e.on[0].type, e.on[0].data + place.at[0],
				  operand<T>(e, 1, place.at[1]));
	}
}

NDG_KERNEL_FUNCTION(convert_f32)(ndg_elementwise e)
{
	convert<float>(e);
}

NDG_KERNEL_FUNCTION(convert_f64)(ndg_elementwise e)
{
	convert<double>(e);
}

NDG_KERNEL_FUNCTION(convert_i64)(ndg_elementwise e)
{
	convert<int64_t>(e);
}

/* NaN if either is. */
template <typename T> static __device__ __forceinline__ T larger(T a, T b)
{
	return a != a ? a : b != b ? b : a > b ? a : b;
}

template <typename T> static __device__ __forceinline__ T smaller(T a, T b)
{
	return a != a ? a : b != b ? b : a < b ? a : b;
}

template <typename T> static __device__ __forceinline__ T arithmetic(int op, T a, T b)
{
	switch (op) {
	case NDK_ADD: return a + b;
	case NDK_SUB: return a - b;
	case NDK_MUL: return a * b;
	case NDK_DIV: return a / b;
	case NDK_MAXIMUM: return larger(a, b);
	default: return smaller(a, b);
	}
}

/* Wrapping around; division towards minus infinity, by 0 it is 0. */
template <> __device__ __forceinline__ int64_t arithmetic<int64_t>(int op, int64_t a, int64_t b)
{
	switch (op) {
	case NDK_ADD: return (int64_t)((uint64_t)a + (uint64_t)b);
	case NDK_SUB: return (int64_t)((uint64_t)a - (uint64_t)b);
	case NDK_MUL: return (int64_t)((uint64_t)a * (uint64_t)b);
	case NDK_DIV:
		if (b == 0)
			return 0;
		if (b == -1)
			return (int64_t)(0 - (uint64_t)a);
		return a / b - (a % b != 0 && (a < 0) != (b < 0));
	case NDK_MAXIMUM: return a > b ? a : b;
	default: return a < b ? a : b;
	}
}

NDG_KERNEL_FUNCTION(binary_f32)(ndg_elementwise e)
{
	each_of_two<float, arithmetic<float>>(e);
}

NDG_KERNEL_FUNCTION(binary_f64)(ndg_elementwise e)
{
	each_of_two<double, arithmetic<double>>(e);
}

NDG_KERNEL_FUNCTION(binary_i64)(ndg_elementwise e)
{
	each_of_two<int64_t, arithmetic<int64_t>>(e);
}

template <typename T> static __device__ __forceinline__ T one_number(int op, T a)
{
	switch (op) {
	case NDK_NEG: return -a;
	case NDK_ABS: return fabs(a);
	case NDK_SQRT: return sqrt(a);
	case NDK_SQUARE: return a * a;
	case NDK_FLOOR: return floor(a);
	case NDK_CEIL: return ceil(a);
	case NDK_ROUND: return rint(a);
	default: return a != a ? a : a > 0 ? a : 0; /* relu */
	}
}

template <> __device__ __forceinline__ int64_t one_number<int64_t>(int op, int64_t a)
{
	switch (op) {
	case NDK_NEG: return (int64_t)(0 - (uint64_t)a);
	case NDK_ABS: return a < 0 ? (int64_t)(0 - (uint64_t)a) : a;
	case NDK_SQUARE: return (int64_t)((uint64_t)a * (uint64_t)a);
	case NDK_RELU: return a > 0 ? a : 0;
	default: return a;
	}
}

NDG_KERNEL_FUNCTION(unary_f32)(ndg_elementwise e)
{
	each_of_one<float, one_number<float>>(e);
}

NDG_KERNEL_FUNCTION(unary_f64)(ndg_elementwise e)
{
	each_of_one<double, one_number<double>>(e);
}

NDG_KERNEL_FUNCTION(unary_i64)(ndg_elementwise e)
{
	each_of_one<int64_t, one_number<int64_t>>(e);
}

template <typename T> static __device__ __forceinline__ bool compared(int op, T a, T b)
{
	switch (op) {
	case NDK_EQ: return a == b;
	case NDK_NE: return a != b;
	case NDK_GT: return a > b;
	case NDK_GE: return a >= b;
	case NDK_LT: return a < b;
	default: return a <= b;
	}
}

template <typename T> static __device__ __forceinline__ void compare(const ndg_elementwise &e)
{
	NDG_FOR_EACH(i, e.count)
	{
		places<3> place(e, i);
		T a = operand<T>(e, 1, place.at[1]), b = operand<T>(e, 2, place.at[2]);

		*(uint8_t *)(e.on[0].data + place.at[0]) = compared<T>(e.op, a, b);
	}
}

NDG_KERNEL_FUNCTION(compare_f32)(ndg_elementwise e)
{
	compare<float>(e);
}

NDG_KERNEL_FUNCTION(compare_f64)(ndg_elementwise e)
{
	compare<double>(e);
}

NDG_KERNEL_FUNCTION(compare_i64)(ndg_elementwise e)
{
	compare<int64_t>(e);
}

NDG_KERNEL_FUNCTION(logical)(ndg_elementwise e)
{
	NDG_FOR_EACH(i, e.count)
	{
		places<3> place(e, i);
		bool a = truth_of(e.on[1].type, e.on[1].data + place.at[1]);
		bool b = truth_of(e.on[2].type, e.on[2].data + place.at[2]);
		bool value = e.op == NDK_AND ? a && b : e.op == NDK_OR ? a || b : a != b;

		*(uint8_t *)(e.on[0].data + place.at[0]) = value;
	}
}

NDG_KERNEL_FUNCTION(test)(ndg_elementwise e)
{
	NDG_FOR_EACH(i, e.count)
	{
		places<2> place(e, i);
		const char *from = e.on[1].data + place.at[1];
		/* integers are as finite in f64 as they are */
		double value = element<double>::load(e.on[1].type, from);
		bool answer;

		switch (e.op) {
		case NDK_NOT: answer = !truth_of(e.on[1].type, from); break;
		case NDK_ISNAN: answer = value != value; break;
		case NDK_ISINF: answer = value - value != 0 && value == value; break;
		default: answer = value - value == 0; break;
		}
		*(uint8_t *)(e.on[0].data + place.at[0]) = answer;
	}
}

template <typename T> static __device__ __forceinline__ void choose(const ndg_elementwise &e)
{
	NDG_FOR_EACH(i, e.count)
	{
		places<4> place(e, i);
		bool first = truth_of(e.on[1].type, e.on[1].data + place.at[1]);

		element<T>::store_own(e.on[0].type, e.on[0].data + place.at[0],
				      first ? operand<T>(e, 2, place.at[2])
					    : operand<T>(e, 3, place.at[3]));
	}
}

NDG_KERNEL_FUNCTION(where_f32)(ndg_elementwise e)
{
	choose<float>(e);
}

NDG_KERNEL_FUNCTION(where_f64)(ndg_elementwise e)
{
	choose<double>(e);
}

NDG_KERNEL_FUNCTION(where_i64)(ndg_elementwise e)
{
	choose<int64_t>(e);
}

/* Product and sum rounded one after the other, as on the CPU. */
NDG_FUNCTION double apart(double start, double i, double step)
{
#ifdef __CUDACC__
	return __dadd_rn(start, __dmul_rn(i, step));
#else
	return start + i * step;
#endif
}

NDG_KERNEL_FUNCTION(range_f64)(ndg_range r)
{
	NDG_FOR_EACH(i, r.count)
	element<double>::store(r.out.type, r.out.data + i * r.out.stride[0],
			       apart(r.start, (double)i, r.step));
}

NDG_KERNEL_FUNCTION(range_i64)(ndg_range r)
{
	NDG_FOR_EACH(i, r.count)
	element<int64_t>::store(
		r.out.type, r.out.data + i * r.out.stride[0],
		(int64_t)((uint64_t)r.whole_start + (uint64_t)i * (uint64_t)r.whole_step));
}

NDG_KERNEL_FUNCTION(negative)(ndg_negative n)
{
	NDG_FOR_EACH(i, n.in.count)
	{
		places<2> place(n.in, i);

		/* All who write write the same. */
		if (operand<int64_t>(n.in, 1, place.at[1]) < 0)
			*(volatile int32_t *)n.flag = 1;
	}
}
