/* SPDX-License-Identifier: MIT */
/* Arrays seen from C: messages, type rules, edges.  Values are the oracle's to check. */
#include "nd_test.h"

#include <math.h>

static nd_manager *base;

static nd_array *zeros(nd_dtype dtype, int ndim, const int64_t *shape)
{
	nd_array *array;

	OK(nd_zeros(base, dtype, ndim, shape, &array));
	return array;
}

static nd_dtype dtype_of(nd_array *array)
{
	nd_dtype dtype;

	OK(nd_array_dtype(array, &dtype));
	return dtype;
}

static void messages(void **state)
{
	nd_array *a = zeros(ND_F32, ND_SHAPE(3, 4)), *b = zeros(ND_F32, ND_SHAPE(5, 6)), *out;
	nd_array *ints = zeros(ND_I64, ND_SHAPE(2));
	float buffer[2];

	FAILS(nd_matmul(a, b, &out), ND_ERR_SHAPE,
	      "matmul: (3,4) x (5,6): inner dimensions 4 and 5 differ");
	FAILS(nd_add(a, b, &out), ND_ERR_SHAPE, "add: (3,4) and (5,6) do not broadcast");
	FAILS(nd_array_copy_out(ints, ND_F32, buffer, sizeof buffer), ND_ERR_TYPE,
	      "copy_out: Required f32, actual i64");
	FAILS(nd_array_copy_out(ints, ND_I64, buffer, sizeof buffer), ND_ERR_ARGUMENT,
	      "the array is 16 bytes, the buffer has 8");
	FAILS(nd_reshape(a, ND_SHAPE(5, -1), &out), ND_ERR_SHAPE,
	      "reshape: (3,4) has 12 elements, which do not fit (5,-1)");
	FAILS(nd_sum(a, ND_AXES(2), false, &out), ND_ERR_SHAPE,
	      "axis 2 is outside an array of 2 dimensions");
	FAILS(nd_sum(a, ND_AXES(0, -2), false, &out), ND_ERR_SHAPE, "axis -2 is given twice");
	FAILS(nd_max(zeros(ND_F32, ND_SHAPE(0)), ND_ALL_AXES, false, &out), ND_ERR_SHAPE,
	      "max: (0)f32");
	FAILS(nd_array_slice(a, 1, (nd_range[]){ND_AT(3)}, &out), ND_ERR_INDEX,
	      "index 3 is outside axis 0 of length 3");
	FAILS(nd_div_in_place(ints, ints), ND_ERR_TYPE,
	      "div_in_place: the result is f64, the array i64");
	FAILS(nd_sub(zeros(ND_BOOL, ND_SHAPE(1)), zeros(ND_BOOL, ND_SHAPE(1)), &out), ND_ERR_TYPE,
	      "sub: (1)bool (1)bool");
	FAILS(nd_concat((nd_array *const[]){a, b}, 2, 0, &out), ND_ERR_SHAPE,
	      "concat: (3,4) and (5,6) do not fit");
	FAILS(nd_array_gather(a, ints, 5, &out), ND_ERR_SHAPE, "axis 5");
	FAILS(nd_zeros(base, ND_F32, ND_SHAPE(2, -1), &out), ND_ERR_SHAPE,
	      "(2,-1): -1 is negative");
	FAILS(nd_zeros(base, (nd_dtype)77, ND_SHAPE(2), &out), ND_ERR_TYPE, "no type 77");
	FAILS(nd_add(a, NULL, &out), ND_ERR_ARGUMENT, "an array is NULL");
	FAILS(nd_add(a, (nd_array *)base, &out), ND_ERR_ARGUMENT, "this is no array");
	FAILS(nd_zeros((nd_manager *)a, ND_F32, ND_SHAPE(1), &out), ND_ERR_ARGUMENT, "no manager");
	FAILS(nd_load_npy(base, "/nowhere/x.npy", &out), ND_ERR_IO, "/nowhere/x.npy: No such file");
	FAILS(nd_array_to_device(a, nd_gpu(99), &out), ND_ERR_DEVICE, "to_device: gpu(99): no ");
	FAILS(nd_device_check(nd_gpu(99)), ND_ERR_DEVICE, "gpu(99)");
	OK(nd_device_check(nd_cpu()));
}

static void types(void **state)
{
	nd_array *i8 = zeros(ND_I8, ND_SHAPE(2)), *f16 = zeros(ND_F16, ND_SHAPE(2));
	nd_array *truth = zeros(ND_BOOL, ND_SHAPE(2)), *i64 = zeros(ND_I64, ND_SHAPE(2)), *out;

	OK(nd_add(i8, f16, &out));
	assert_int_equal(dtype_of(out), ND_F16);
	OK(nd_add(i64, f16, &out));
	assert_int_equal(dtype_of(out), ND_F64);
	OK(nd_add_scalar(i8, 1, &out));
	assert_int_equal(dtype_of(out), ND_I8);
	OK(nd_add_scalar(i8, 300, &out));
	assert_int_equal(dtype_of(out), ND_I32);
	OK(nd_add_scalar(i8, 0.5, &out));
	assert_int_equal(dtype_of(out), ND_F64);
	OK(nd_add_scalar(f16, 0.5, &out));
	assert_int_equal(dtype_of(out), ND_F16);
	OK(nd_add_scalar(truth, 1, &out));
	assert_int_equal(dtype_of(out), ND_I64);
	OK(nd_div(i8, i8, &out));
	assert_int_equal(dtype_of(out), ND_F64);
	OK(nd_sqrt(i8, &out));
	assert_int_equal(dtype_of(out), ND_F16);
	OK(nd_sum(truth, ND_ALL_AXES, false, &out));
	assert_int_equal(dtype_of(out), ND_I64);
	OK(nd_mean(i8, ND_ALL_AXES, false, &out));
	assert_int_equal(dtype_of(out), ND_F64);
	OK(nd_argmax(f16, ND_ALL_AXES, false, &out));
	assert_int_equal(dtype_of(out), ND_I64);
	FAILS(nd_add_in_place(i8, f16), ND_ERR_TYPE, "the result is f16, the array i8");
	OK(nd_add_in_place(i8, i64));
	OK(nd_add_scalar_in_place(f16, 2));
}

static void in_place_with_a_view_of_itself(void **state)
{
	nd_array *array, *reversed;
	int64_t values[4];

	OK(nd_arange(base, ND_I64, 0, 4, 1, &array));
	OK(nd_flip(array, 0, NULL, &reversed));
	OK(nd_mul_in_place(array, reversed));
	OK(nd_array_copy_out(array, ND_I64, values, sizeof values));
	assert_memory_equal(values, ((int64_t[]){0, 2, 2, 0}), sizeof values);
	OK(nd_arange(base, ND_I64, 0, 4, 1, &array));
	OK(nd_flip(array, 0, NULL, &reversed));
	OK(nd_array_assign(array, reversed));
	OK(nd_array_copy_out(array, ND_I64, values, sizeof values));
	assert_memory_equal(values, ((int64_t[]){3, 2, 1, 0}), sizeof values);
}

static void parts_of_a_whole(void **state)
{
	nd_array *array, *parts[4], *values, *indices;
	double value;
	char *text;

	OK(nd_arange(base, ND_F32, 0, 6, 1, &array));
	OK(nd_split(array, 3, 0, parts));
	OK(nd_array_get_f64(parts[2], 1, (int64_t[]){-1}, &value));
	assert_true(value == 5);
	FAILS(nd_split(array, 4, 0, parts), ND_ERR_SHAPE, "length 6 is not 4 equal parts");
	OK(nd_topk(array, 2, 0, true, &values, NULL));
	OK(nd_topk(array, 2, 0, true, NULL, &indices));
	OK(nd_array_to_string(values, &text));
	assert_string_equal(text, "[5. 4.]");
	nd_free(text);
	FAILS(nd_array_item_f64(array, &value), ND_ERR_SHAPE, "(6) is not one element");
}

static void nothing(void **state)
{
	nd_array *none = zeros(ND_F32, ND_SHAPE(0, 3)), *out;
	uint64_t blocks = nd_test_live_blocks();
	double value;

	OK(nd_add(none, none, &out));
	OK(nd_sum(none, ND_AXES(0), false, &out));
	assert_int_equal(nd_test_live_blocks(), blocks + 1);
	OK(nd_sum(none, ND_ALL_AXES, false, &out));
	OK(nd_array_item_f64(out, &value));
	assert_true(value == 0);
	OK(nd_mean(none, ND_ALL_AXES, false, &out));
	OK(nd_array_item_f64(out, &value));
	assert_true(isnan(value));
	OK(nd_reshape(none, ND_SHAPE(3, 0, 7), &out));
	OK(nd_tile(none, 1, (int64_t[]){2}, &out));
	OK(nd_flip(none, 0, NULL, &out));
	OK(nd_array_copy_out(none, ND_F32, NULL, 0));
	OK(nd_create(base, ND_F32, ND_SHAPE(0), NULL, 0, &out));
}

static int set_up(void **state)
{
	base = new_base("arrays");
	return 0;
}

static int tear_down(void **state)
{
	OK(nd_manager_close(base));
	assert_int_equal(nd_test_live_blocks(), 0);
	return 0;
}

/* A number is compared as the array's type has it. */
static void numbers_are_compared_in_the_array_s_type(void **state)
{
	nd_manager *numbers = new_base("numbers");
	nd_array *half, *equal;
	int64_t value;

	OK(nd_full(numbers, ND_F16, ND_SCALAR_SHAPE, 0.1, &half));
	OK(nd_eq_scalar(half, 0.1, &equal));
	OK(nd_array_item_i64(equal, &value));
	assert_int_equal(value, 1);
	OK(nd_manager_close(numbers));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages),
		cmocka_unit_test(types),
		cmocka_unit_test(in_place_with_a_view_of_itself),
		cmocka_unit_test(parts_of_a_whole),
		cmocka_unit_test(nothing),
		cmocka_unit_test(numbers_are_compared_in_the_array_s_type),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
