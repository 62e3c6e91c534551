/* SPDX-License-Identifier: MIT */
/*
 * Times operations of the tensor runtime, as a library that nd_bench.py loads: both
 * sides then have one process, one BLAS and its threads.  Cases have the form
 * OPERATION TYPE SHAPE; their counterparts in NumPy stand in nd_bench.py.
 */
#include <leakscope/nd.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TRY(call)                                                                                  \
	do {                                                                                       \
		if ((call) != ND_OK)                                                               \
			return nd_last_error();                                                    \
	} while (0)

enum { BATCHES = 7 };

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

static nd_status batch(operation *run, const struct work *work, long calls, double *ns)
{
	double begin = now();

	for (long i = 0; i < calls; i++) {
		nd_array *out;
		nd_status status = run(work, &out);

		if (!status)
			status = nd_array_close(out);
		if (status)
			return status;
	}
	*ns = (now() - begin) / (double)calls;
	return ND_OK;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static nd_status median(operation *run, const struct work *work, double batch_ns, double *ns)
{
	double times[BATCHES], once;
	nd_status status = batch(run, work, 3, &once);
	long calls = once > 0 ? (long)(batch_ns / once) + 1 : 1;

	for (int i = 0; !status && i < BATCHES; i++)
		status = batch(run, work, calls, &times[i]);
	if (status)
		return status;
	qsort(times, BATCHES, sizeof *times, by_size);
	*ns = times[BATCHES / 2];
	return ND_OK;
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

/*
 * The median nanoseconds of a call of CASE into *NS, from batches that take about BATCH
 * nanoseconds.  NULL, or what is wrong.
 */
__attribute__((visibility("default"))) const char *nd_ops_time(const char *name, double batch_ns,
							       double *ns);

const char *nd_ops_time(const char *name, double batch_ns, double *ns)
{
	struct work work = {.ndim = 0};
	operation *run = parse(name, &work);

	if (!run)
		return "no such case";
	TRY(nd_manager_new_base("bench", &work.manager));
	TRY(nd_random_uniform(work.manager, work.dtype, work.ndim, work.shape, 0.5, 2, 1, &work.a));
	TRY(nd_random_uniform(work.manager, work.dtype, work.ndim, work.shape, 0.5, 2, 2, &work.b));
	TRY(nd_array_data(work.a, &work.values));
	TRY(nd_array_bytes(work.a, &work.bytes));
	TRY(median(run, &work, batch_ns, ns));
	TRY(nd_manager_close(work.manager));
	return NULL;
}
