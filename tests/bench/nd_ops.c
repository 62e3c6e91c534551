/* SPDX-License-Identifier: MIT */
/*
 * Times operations of the tensor runtime: for each case named, a line with its
 * name and the median nanoseconds of a call.  nd_bench.py names the cases, in
 * the form OPERATION TYPE SHAPE (its counterpart in NumPy stands there).
 */
#include <leakscope/nd.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CHECK(call)                                                                                \
	do {                                                                                       \
		if ((call) != ND_OK) {                                                             \
			fprintf(stderr, "nd_ops: %s\n", nd_last_error());                          \
			exit(1);                                                                   \
		}                                                                                  \
	} while (0)

enum { BATCHES = 7 };
static double batch_ns = 2e6;

/* What a case works on. */
struct work {
	nd_manager *manager;
	nd_array *a, *b;
	void *values; /* a's */
	size_t bytes;
	nd_dtype dtype;
	int ndim;
	int64_t shape[ND_MAX_DIMS];
};

typedef nd_status operation(const struct work *work, nd_array **out);

#define BINARY(name)                                                                               \
	static nd_status op_##name(const struct work *w, nd_array **out)                           \
	{                                                                                          \
		return nd_##name(w->a, w->b, out);                                                 \
	}
#define UNARY(name)                                                                                \
	static nd_status op_##name(const struct work *w, nd_array **out)                           \
	{                                                                                          \
		return nd_##name(w->a, out);                                                       \
	}
#define REDUCTION(name)                                                                            \
	static nd_status op_##name(const struct work *w, nd_array **out)                           \
	{                                                                                          \
		return nd_##name(w->a, ND_ALL_AXES, false, out);                                   \
	}                                                                                          \
	static nd_status op_##name##_0(const struct work *w, nd_array **out)                       \
	{                                                                                          \
		return nd_##name(w->a, ND_AXES(0), false, out);                                    \
	}                                                                                          \
	static nd_status op_##name##_1(const struct work *w, nd_array **out)                       \
	{                                                                                          \
		return nd_##name(w->a, ND_AXES(1), false, out);                                    \
	}

/* clang-format off */
BINARY(add)
BINARY(mul)
BINARY(div)
BINARY(maximum)
BINARY(gt)
BINARY(matmul)
UNARY(exp)
UNARY(log)
UNARY(tanh)
UNARY(sigmoid)
UNARY(sqrt)
UNARY(sin)
REDUCTION(sum)
REDUCTION(mean)
REDUCTION(max)
REDUCTION(argmax)
/* clang-format on */

static nd_status op_empty(const struct work *w, nd_array **out)
{
	return nd_empty(w->manager, w->dtype, w->ndim, w->shape, out);
}

/* From values that lie in memory, as a program has them. */
static nd_status op_create(const struct work *w, nd_array **out)
{
	return nd_create(w->manager, w->dtype, w->ndim, w->shape, w->values, w->bytes, out);
}

static nd_status op_add_scalar(const struct work *w, nd_array **out)
{
	return nd_add_scalar(w->a, 3, out);
}

#define OPERATION(name)                                                                            \
	{                                                                                          \
#name, op_##name                                                                   \
	}
static const struct {
	const char *name;
	operation *run;
} operations[] = {
	OPERATION(add),     OPERATION(mul),      OPERATION(div),      OPERATION(maximum),
	OPERATION(gt),      OPERATION(matmul),   OPERATION(exp),      OPERATION(log),
	OPERATION(tanh),    OPERATION(sqrt),     OPERATION(sin),      OPERATION(add_scalar),
	OPERATION(sum),     OPERATION(sum_0),    OPERATION(sum_1),    OPERATION(mean),
	OPERATION(max),     OPERATION(max_0),    OPERATION(max_1),    OPERATION(mean_0),
	OPERATION(create),  OPERATION(empty),    OPERATION(mean_1),   OPERATION(argmax),
	OPERATION(sigmoid), OPERATION(argmax_0), OPERATION(argmax_1),
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static double batch(operation *run, const struct work *work, long calls)
{
	double begin = now();

	for (long i = 0; i < calls; i++) {
		nd_array *out;

		CHECK(run(work, &out));
		CHECK(nd_array_close(out));
	}
	return (now() - begin) / (double)calls;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(operation *run, const struct work *work)
{
	double times[BATCHES], once = batch(run, work, 3);
	long calls = once > 0 ? (long)(batch_ns / once) + 1 : 1;

	for (int i = 0; i < BATCHES; i++)
		times[i] = batch(run, work, calls);
	qsort(times, BATCHES, sizeof *times, by_size);
	return times[BATCHES / 2];
}

/* "add f32 1000x1000" */
static operation *parse(const char *text, struct work *work)
{
	char name[32], type[8], shape[64], *at = shape;

	if (sscanf(text, "%31s %7s %63s", name, type, shape) != 3)
		return NULL;
	work->dtype = strcmp(type, "f64") == 0 ? ND_F64 : ND_F32;
	work->ndim = 0;
	while (work->ndim < ND_MAX_DIMS) {
		work->shape[work->ndim++] = strtoll(at, &at, 10);
		if (*at++ != 'x')
			break;
	}
	for (size_t i = 0; i < sizeof operations / sizeof operations[0]; i++)
		if (strcmp(operations[i].name, name) == 0)
			return operations[i].run;
	return NULL;
}

int main(int argc, char **argv)
{
	struct work work = {.ndim = 0};

	for (int i = 1; i < argc; i++) {
		operation *run;

		if (strcmp(argv[i], "--quick") == 0) {
			batch_ns = 1e4;
			continue;
		}
		run = parse(argv[i], &work);
		if (!run) {
			fprintf(stderr, "nd_ops: '%s': no such case\n", argv[i]);
			return 2;
		}
		CHECK(nd_manager_new_base("bench", &work.manager));
		CHECK(nd_random_uniform(work.manager, work.dtype, work.ndim, work.shape, 0.5, 2, 1,
					&work.a));
		CHECK(nd_random_uniform(work.manager, work.dtype, work.ndim, work.shape, 0.5, 2, 2,
					&work.b));
		CHECK(nd_array_data(work.a, &work.values));
		CHECK(nd_array_bytes(work.a, &work.bytes));
		printf("%s\t%.1f\n", argv[i], median(run, &work));
		fflush(stdout);
		CHECK(nd_manager_close(work.manager));
	}
	return 0;
}
