/* SPDX-License-Identifier: MIT */
/*
 * Every operation on a GPU against the CPU over random shapes, types and views:
 * gpu-compare [DEVICE [ROUNDS [NAME…]]]   (speaks TAP).  What is here makes the
 * arrays and compares the results; gpu_cases.c has the operations.
 */
#include "gpu_compare.h"

#include <math.h>
#include <stdarg.h>

nd_manager *on_cpu, *on_gpu;
static uint64_t state;
static char said[2048];

bool differ(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(said, sizeof said, format, args);
	va_end(args);
	return false;
}

/* Marsaglia's xorshift (2003), 64 bits. */
uint32_t any(uint32_t below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 33) % below;
}

double normal_number(void)
{
	double sum = -6;

	for (int i = 0; i < 12; i++)
		sum += any(1 << 24) / (double)(1 << 24);
	return sum;
}

nd_dtype any_type(void)
{
	return (nd_dtype)any(ND_BOOL + 1);
}

nd_dtype any_float(void)
{
	return (nd_dtype)any(ND_BF16 + 1);
}

void any_shape(int *ndim, int64_t *shape, int most, bool empty)
{
	*ndim = any(10) ? 1 + (int)any((uint32_t)most) : 0;
	for (int i = 0; i < *ndim; i++)
		shape[i] = empty && any(30) == 0 ? 0 : 1 + any(6);
}

void must(nd_status status, const char *what)
{
	if (status == ND_OK)
		return;
	printf("Bail out! %s: %s\n", what, nd_last_error());
	exit(1);
}

static double element(nd_dtype type, bool special)
{
	static const double odd[] = {NAN, INFINITY, -INFINITY, 0, -0.0, 1};

	if (special && type <= ND_BF16 && any(12) == 0)
		return odd[any(6)];
	if (type == ND_BOOL)
		return any(2);
	if (type == ND_U8)
		return any(2) ? any(6) : any(256);
	if (type > ND_BF16)
		return any(4) ? rint(normal_number() * 3) : (double)any(256) - 128;
	return normal_number() * 3;
}

struct pair make(nd_dtype type, int ndim, const int64_t *shape, bool special)
{
	struct pair pair;
	nd_array *wide;
	int64_t count = 1;
	size_t bytes;
	double *values;

	for (int i = 0; i < ndim; i++)
		count *= shape[i];
	values = calloc((size_t)count + 1, sizeof *values);
	if (!values)
		abort();
	for (int64_t i = 0; i < count; i++)
		values[i] = element(type, special);
	MUST(nd_create(on_cpu, ND_F64, ndim, shape, values, (size_t)count * sizeof *values, &wide));
	MUST(nd_array_to_type(wide, type, &pair.cpu));
	MUST(nd_array_close(wide));
	bytes = (size_t)count * nd_dtype_size(type);
	MUST(nd_array_copy_out(pair.cpu, type, values, bytes));
	MUST(nd_create(on_gpu, type, ndim, shape, values, bytes, &pair.gpu));
	free(values);
	return pair;
}

/* The arguments are evaluated twice. */
#define ON_BOTH(call, ...)                                                                         \
	do {                                                                                       \
		struct pair to_;                                                                   \
		MUST(call(pair.cpu, __VA_ARGS__, &to_.cpu));                                       \
		MUST(call(pair.gpu, __VA_ARGS__, &to_.gpu));                                       \
		pair = to_;                                                                        \
	} while (0)

static struct pair slice(struct pair pair, int ndim, const int64_t *shape)
{
	nd_range ranges[ND_MAX_DIMS];

	for (int i = 0; i < ndim; i++) {
		ranges[i] = ND_WHOLE;
		if (any(2) && shape[i] > 1) {
			ranges[i].start = any((uint32_t)shape[i]);
			ranges[i].stop = ND_TO_END;
			ranges[i].step = any(2) ? 1 : 2;
		} else if (any(4) == 0) {
			ranges[i].step = -1;
		}
	}
	ON_BOTH(nd_array_slice, ndim, ranges);
	return pair;
}

struct pair any_view(struct pair pair, bool may_broadcast)
{
	int64_t shape[ND_MAX_DIMS];
	int ndim, order[ND_MAX_DIMS], axis;

	MUST(nd_array_shape(pair.cpu, &ndim, shape));
	if (ndim && any(3) == 0)
		pair = slice(pair, ndim, shape);
	if (ndim > 1 && any(3) == 0) {
		for (int i = 0; i < ndim; i++)
			order[i] = i;
		for (int i = ndim - 1; i > 0; i--) {
			int j = (int)any((uint32_t)i + 1), kept = order[i];

			order[i] = order[j];
			order[j] = kept;
		}
		ON_BOTH(nd_transpose, ndim, order);
	}
	if (ndim && any(5) == 0) {
		axis = (int)any((uint32_t)ndim);
		ON_BOTH(nd_flip, 1, &axis);
	}
	if (may_broadcast && any(6) == 0) {
		MUST(nd_array_shape(pair.cpu, &ndim, shape));
		if (ndim < ND_MAX_DIMS) {
			memmove(shape + 1, shape, (size_t)ndim * sizeof *shape);
			shape[0] = 1 + any(4);
			ON_BOTH(nd_broadcast, ndim + 1, shape);
		}
	}
	return pair;
}

struct pair any_pair(bool special)
{
	int64_t shape[ND_MAX_DIMS];
	int ndim;

	any_shape(&ndim, shape, any(8) ? 4 : 7, true);
	return any_view(make(any_type(), ndim, shape, special), true);
}

struct pair partner(struct pair a, nd_dtype type)
{
	int64_t shape[ND_MAX_DIMS];
	int ndim, cut;

	MUST(nd_array_shape(a.cpu, &ndim, shape));
	cut = (int)any((uint32_t)ndim + 1);
	for (int i = cut; i < ndim; i++)
		shape[i] = any(3) ? shape[i] : 1;
	return make(type, ndim - cut, shape + cut, true);
}

bool same_answers(const struct answers *answers)
{
	if (answers->cpu != answers->gpu)
		return differ("cpu: %s (%s), gpu: %s (%s)", nd_status_name(answers->cpu),
			      answers->line, nd_status_name(answers->gpu), nd_last_error());
	if (answers->cpu && strcmp(answers->line, nd_last_error()))
		return differ("cpu: '%s', gpu: '%s'", answers->line, nd_last_error());
	return true;
}

/* A unit in the last place of 1. */
static double unit_of(nd_dtype type)
{
	switch (type) {
	case ND_F64: return 0x1p-52;
	case ND_F32: return 0x1p-23;
	case ND_F16: return 0x1p-10;
	default: return 0x1p-7;
	}
}

static bool near(double a, double b, double relative, double absolute)
{
	if (isnan(a) || isnan(b))
		return isnan(a) && isnan(b);
	if (isinf(a) || isinf(b))
		return a == b;
	return fabs(a - b) <= absolute + relative * fabs(a);
}

/* The elements of ARRAY as f64, to be freed. */
static double *as_f64(nd_array *array, int64_t count)
{
	double *values = calloc((size_t)count + 1, sizeof *values);
	nd_array *wide;

	if (!values)
		abort();
	MUST(nd_array_to_type(array, ND_F64, &wide));
	MUST(nd_array_copy_out(wide, ND_F64, values, (size_t)count * sizeof *values));
	MUST(nd_array_close(wide));
	return values;
}

/* Where they differ, or -1. */
static int64_t first_difference(nd_array *a, nd_array *b, nd_dtype type, int64_t count,
				double relative, double absolute)
{
	size_t size = nd_dtype_size(type);
	char *x, *y;
	int64_t i;

	if (type <= ND_BF16) {
		double *left = as_f64(a, count), *right = as_f64(b, count);

		for (i = 0; i < count && near(left[i], right[i], relative, absolute); i++)
			;
		free(left);
		free(right);
		return i < count ? i : -1;
	}
	x = calloc((size_t)count + 1, size);
	y = calloc((size_t)count + 1, size);
	MUST(nd_array_copy_out(a, type, x, (size_t)count * size));
	MUST(nd_array_copy_out(b, type, y, (size_t)count * size));
	for (i = 0; i < count && !memcmp(x + (size_t)i * size, y + (size_t)i * size, size); i++)
		;
	free(x);
	free(y);
	return i < count ? i : -1;
}

bool same_arrays(struct pair pair, double loose, double absolute)
{
	int64_t shape[2][ND_MAX_DIMS] = {{0}, {0}}, count, at;
	int ndim[2];
	nd_dtype type[2];
	nd_array *home;
	nd_device device;
	nd_manager *owner;
	char *text;
	bool answer;

	MUST(nd_array_dtype(pair.cpu, &type[0]));
	MUST(nd_array_dtype(pair.gpu, &type[1]));
	MUST(nd_array_shape(pair.cpu, &ndim[0], shape[0]));
	MUST(nd_array_shape(pair.gpu, &ndim[1], shape[1]));
	MUST(nd_array_size(pair.cpu, &count));
	MUST(nd_array_device(pair.gpu, &device));
	MUST(nd_array_manager(pair.gpu, &owner));
	if (type[0] != type[1] || ndim[0] != ndim[1] || memcmp(shape[0], shape[1], sizeof *shape))
		return differ("the results are %s of %d dimensions and %s of %d",
			      nd_dtype_name(type[0]), ndim[0], nd_dtype_name(type[1]), ndim[1]);
	if (device.kind != ND_DEVICE_GPU || owner != on_gpu)
		return differ("the result is not on the GPU, or another manager's");
	/* Compared from a copy on the CPU, made by the copies under test. */
	MUST(nd_array_to_device(pair.gpu, nd_cpu(), &home));
	at = first_difference(pair.cpu, home, type[0], count, loose * unit_of(type[0]), absolute);
	answer = at < 0;
	if (!answer) {
		nd_array *left, *right;

		MUST(nd_flatten(pair.cpu, &left));
		MUST(nd_flatten(home, &right));
		MUST(nd_array_slice(left, 1, (const nd_range[]){ND_RANGE(at, at + 6)}, &left));
		MUST(nd_array_slice(right, 1, (const nd_range[]){ND_RANGE(at, at + 6)}, &right));
		MUST(nd_array_to_string(left, &text));
		differ("%s of %lld elements, from %lld on: cpu %s", nd_dtype_name(type[0]),
		       (long long)count, (long long)at, text);
		nd_free(text);
		MUST(nd_array_to_string(right, &text));
		snprintf(said + strlen(said), sizeof said - strlen(said), ", gpu %s", text);
		nd_free(text);
	}
	MUST(nd_array_close(home));
	return answer;
}

bool same(const struct answers *answers, struct pair pair, double loose, double absolute)
{
	if (!same_answers(answers))
		return false;
	return answers->cpu != ND_OK || same_arrays(pair, loose, absolute);
}

/* CASE, ROUNDS times, each with managers of its own; the round that failed, or -1. */
static int run(const struct compare_case *c, int rounds, int device)
{
	nd_manager *base;

	for (int i = 0; i < rounds; i++) {
		bool ok;

		state = 0x9e3779b97f4a7c15u;
		for (const char *name = c->name; *name; name++)
			state = (state ^ (unsigned char)*name) * 0x100000001b3u;
		state ^= (uint64_t)(i + 1) << 40;
		any(1);
		MUST(nd_manager_new_base("compare", &base));
		MUST(nd_manager_new_sub(base, "cpu", &on_cpu));
		MUST(nd_manager_new_sub_on(base, "gpu", nd_gpu(device), &on_gpu));
		ok = c->run(c->what);
		MUST(nd_manager_close(base));
		if (!ok)
			return i;
	}
	return -1;
}

static bool wanted(const char *name, int count, char **names)
{
	for (int i = 0; i < count; i++) {
		if (strstr(name, names[i]))
			return true;
	}
	return count == 0;
}

int main(int argc, char **argv)
{
	int device = argc > 1 ? atoi(argv[1]) : 0, rounds = argc > 2 ? atoi(argv[2]) : 40;
	int names = argc > 3 ? argc - 3 : 0, number = 0, failed = 0;
	unsigned long long blocks;

	setvbuf(stdout, NULL, _IOLBF, 0);
	must(nd_device_check(nd_gpu(device)), "there is nothing to compare");
	for (size_t i = 0; i < gpu_case_count; i++)
		number += wanted(gpu_cases[i].name, names, argv + 3);
	printf("1..%d\n", number + 1);
	number = 0;
	for (size_t i = 0; i < gpu_case_count; i++) {
		const struct compare_case *c = &gpu_cases[i];
		int times = c->times ? (rounds - 1) / c->times + 1 : rounds, bad;

		if (!wanted(c->name, names, argv + 3))
			continue;
		bad = run(c, times, device);
		printf("%s %d - %s (%d rounds)\n", bad < 0 ? "ok" : "not ok", ++number, c->name,
		       times);
		if (bad >= 0)
			printf("# round %d: %s\n", bad, said);
		failed += bad >= 0;
	}
	blocks = nd_test_live_blocks();
	printf("%s %d - %llu blocks are left\n", blocks ? "not ok" : "ok", ++number, blocks);
	return failed || blocks;
}
