/* SPDX-License-Identifier: MIT */
/*
 * The table of the innermost loops.  Compiled once per level of vector
 * instructions, with NDK_LOOPS_TABLE its name.  Thread-safe: constant.
 */
#include "loops.h"

/* one macro serves signed and unsigned types */
#pragma GCC diagnostic ignored "-Wtype-limits"
#ifdef __clang__
/* and some operations have no vector form, whatever `simd` asks */
#pragma clang diagnostic ignored "-Wpass-failed"
#endif

#include "loops_arith.h"
#include "loops_math.h"

#include "loops_convert.h"
#include "loops_fold.h"
#include "loops_argument.h"

extern const struct ndk_loops NDK_LOOPS_TABLE;

#define ARITHMETIC(suffix, loop)                                                                   \
	{                                                                                          \
		[NDK_F32] = loop##_loop_f32, [NDK_F64] = loop##_loop_f64,                          \
		[NDK_I8] = loop##_loop_i8, [NDK_U8] = loop##_loop_u8, [NDK_I32] = loop##_loop_i32, \
		[NDK_I64] = loop##_loop_i64, suffix                                                \
	}
#define ALL_TYPES(loop, for_bool) ARITHMETIC([NDK_BOOL] = for_bool, loop)
#define FLOATS_ONLY(loop)                                                                          \
	{                                                                                          \
		[NDK_F32] = loop##_loop_f32, [NDK_F64] = loop##_loop_f64                           \
	}
#define INTEGERS_AS(loop)                                                                          \
	[NDK_I8] = loop##_loop_i8, [NDK_U8] = loop##_loop_i8, [NDK_I32] = loop##_loop_i32,         \
	[NDK_I64] = loop##_loop_i64, [NDK_BOOL] = loop##_loop_i8
#define ROUNDING(loop)                                                                             \
	{                                                                                          \
		[NDK_F32] = loop##_loop_f32, [NDK_F64] = loop##_loop_f64, INTEGERS_AS(same)        \
	}
#define CONVERSIONS(to)                                                                            \
	{                                                                                          \
		[NDK_F32] = to##_from_f32, [NDK_F64] = to##_from_f64, [NDK_F16] = to##_from_f16,   \
		[NDK_BF16] = to##_from_bf16, [NDK_I8] = to##_from_i8, [NDK_U8] = to##_from_u8,     \
		[NDK_I32] = to##_from_i32, [NDK_I64] = to##_from_i64, [NDK_BOOL] = to##_from_bool  \
	}
#define EXTREMES(kind, op)                                                                         \
	{                                                                                          \
		[NDK_F32] = kind##_##op##_f32, [NDK_F64] = kind##_##op##_f64,                      \
		[NDK_I8] = kind##_##op##_i8, [NDK_U8] = kind##_##op##_u8,                          \
		[NDK_BOOL] = kind##_##op##_u8, [NDK_I32] = kind##_##op##_i32,                      \
		[NDK_I64] = kind##_##op##_i64                                                      \
	}

const struct ndk_loops NDK_LOOPS_TABLE = {
	.binary =
		{
			[NDK_ADD] = ALL_TYPES(add, or_loop),
			[NDK_SUB] = ARITHMETIC(, sub),
			[NDK_MUL] = ALL_TYPES(mul, and_loop),
			[NDK_DIV] = ARITHMETIC(, div),
			[NDK_POW] = ARITHMETIC(, pow),
			[NDK_MOD] = ARITHMETIC(, mod),
			[NDK_MAXIMUM] = ALL_TYPES(maximum, or_loop),
			[NDK_MINIMUM] = ALL_TYPES(minimum, and_loop),
		},
	.compare =
		{
			[NDK_EQ] = ALL_TYPES(eq, eq_loop_u8),
			[NDK_NE] = ALL_TYPES(ne, ne_loop_u8),
			[NDK_GT] = ALL_TYPES(gt, gt_loop_u8),
			[NDK_GE] = ALL_TYPES(ge, ge_loop_u8),
			[NDK_LT] = ALL_TYPES(lt, lt_loop_u8),
			[NDK_LE] = ALL_TYPES(le, le_loop_u8),
		},
	.unary =
		{
			[NDK_NEG] = ARITHMETIC(, neg),
			[NDK_ABS] = ALL_TYPES(abs, same_loop_u8),
			[NDK_SQRT] = FLOATS_ONLY(sqrt),
			[NDK_SQUARE] = ALL_TYPES(square, same_loop_u8),
			[NDK_EXP] = FLOATS_ONLY(exp),
			[NDK_LOG] = FLOATS_ONLY(log),
			[NDK_FLOOR] = ROUNDING(floor),
			[NDK_CEIL] = ROUNDING(ceil),
			[NDK_ROUND] = ROUNDING(round),
			[NDK_SIN] = FLOATS_ONLY(sin),
			[NDK_COS] = FLOATS_ONLY(cos),
			[NDK_TAN] = FLOATS_ONLY(tan),
			[NDK_ASIN] = FLOATS_ONLY(asin),
			[NDK_ACOS] = FLOATS_ONLY(acos),
			[NDK_ATAN] = FLOATS_ONLY(atan),
			[NDK_TANH] = FLOATS_ONLY(tanh),
			[NDK_SIGMOID] = FLOATS_ONLY(sigmoid),
			[NDK_RELU] = ALL_TYPES(relu, same_loop_u8),
		},
	.test =
		{
			[NDK_NOT] = ALL_TYPES(not, not_loop_u8),
			[NDK_ISNAN] = {[NDK_F32] = isnan_loop_f32,
				       [NDK_F64] = isnan_loop_f64,
				       INTEGERS_AS(zero)},
			[NDK_ISINF] = {[NDK_F32] = isinf_loop_f32,
				       [NDK_F64] = isinf_loop_f64,
				       INTEGERS_AS(zero)},
			[NDK_ISFINITE] = {[NDK_F32] = isfinite_loop_f32,
					  [NDK_F64] = isfinite_loop_f64,
					  INTEGERS_AS(one)},
		},
	.convert =
		{
			[NDK_F32] = CONVERSIONS(f32),
			[NDK_F64] = CONVERSIONS(f64),
			[NDK_F16] = CONVERSIONS(f16),
			[NDK_BF16] = CONVERSIONS(bf16),
			[NDK_I8] = CONVERSIONS(i8),
			[NDK_U8] = CONVERSIONS(u8),
			[NDK_I32] = CONVERSIONS(i32),
			[NDK_I64] = CONVERSIONS(i64),
			[NDK_BOOL] = CONVERSIONS(bool),
		},
	.columns =
		{
			[NDK_ADD] = {[NDK_F32] = columns_add_f32,
				     [NDK_F64] = columns_add_f64,
				     [NDK_I64] = columns_add_i64},
			[NDK_MUL] = {[NDK_F64] = columns_mul_f64, [NDK_I64] = columns_mul_i64},
			[NDK_MAXIMUM] = EXTREMES(columns, maximum),
			[NDK_MINIMUM] = EXTREMES(columns, minimum),
		},
	.fold =
		{
			[NDK_ADD] = {[NDK_I64] = fold_add_i64,
				     [NDK_F32] = fold_add_f32,
				     [NDK_F64] = fold_add_f64},
			[NDK_MUL] = {[NDK_F64] = fold_mul_f64, [NDK_I64] = fold_mul_i64},
			[NDK_MAXIMUM] = EXTREMES(fold, maximum),
			[NDK_MINIMUM] = EXTREMES(fold, minimum),
		},
	.argument =
		{
			{[NDK_F32] = argmax_f32,
			 [NDK_F64] = argmax_f64,
			 [NDK_I32] = argmax_i32,
			 [NDK_I64] = argmax_i64},
			{[NDK_F32] = argmin_f32,
			 [NDK_F64] = argmin_f64,
			 [NDK_I32] = argmin_i32,
			 [NDK_I64] = argmin_i64},
		},
	.argument_columns =
		{
			{[NDK_F32] = argmax_f32_columns,
			 [NDK_F64] = argmax_f64_columns,
			 [NDK_I32] = argmax_i32_columns,
			 [NDK_I64] = argmax_i64_columns},
			{[NDK_F32] = argmin_f32_columns,
			 [NDK_F64] = argmin_f64_columns,
			 [NDK_I32] = argmin_i32_columns,
			 [NDK_I64] = argmin_i64_columns},
		},
	.sum_f32 = sum_loop_f32,
	.sum_f64 = sum_loop_f64,
	.sum_i32 = sum_loop_i32,
	.sum_u8 = sum_loop_u8,
	.sum_i8 = sum_loop_i8,
	.squares_f32 = squares_loop_f32,
	.squares_f64 = squares_loop_f64,
	.shifted_exp_f32 = shifted_exp_loop_f32,
	.shifted_exp_f64 = shifted_exp_loop_f64,
};
