/* SPDX-License-Identifier: MIT */
/* The operations that gpu-compare compares, each with how far results may be apart. */
#include "gpu_compare.h"

#include <math.h>
#include <unistd.h>

/* Units in the last place: what is rounded once on both sides, and functions of analysis. */
#define EXACT 0.0
#define ROUNDED 1.0
#define FUNCTION 8.0

typedef nd_status binary_fn(nd_array *, nd_array *, nd_array **);
typedef nd_status scalar_fn(nd_array *, double, nd_array **);
typedef nd_status in_place_fn(nd_array *, nd_array *);
typedef nd_status scalar_in_place_fn(nd_array *, double);
typedef nd_status unary_fn(nd_array *, nd_array **);
typedef nd_status unary_in_place_fn(nd_array *);

struct binary {
	binary_fn *two;
	scalar_fn *scalar;
	in_place_fn *in_place;
	scalar_in_place_fn *scalar_in_place;
	double loose;
};

static double any_number(void)
{
	switch (any(6)) {
	case 0: return any(5);
	case 1: return -(double)any(200);
	case 2: return 1000 + any(1000);
	case 3: return 2;
	default: return normal_number() * 2;
	}
}

static bool run_binary(const void *what)
{
	const struct binary *op = what;
	struct pair a = any_pair(true), b = partner(a, any_type()), out = {NULL, NULL};
	double number = any_number();
	struct answers answers;

	if (any(2)) {
		struct pair kept = a;

		a = b;
		b = kept;
	}
	BOTH(answers, op->two(a.cpu, b.cpu, &out.cpu), op->two(a.gpu, b.gpu, &out.gpu));
	if (!same(&answers, out, op->loose, 0))
		return false;
	if (!op->scalar)
		return true;
	BOTH(answers, op->scalar(a.cpu, number, &out.cpu), op->scalar(a.gpu, number, &out.gpu));
	return same(&answers, out, op->loose, 0);
}

static bool run_in_place(const void *what)
{
	const struct binary *op = what;
	int64_t shape[ND_MAX_DIMS];
	int ndim;
	struct pair whole, a, b;
	double number = any_number();
	struct answers answers;

	any_shape(&ndim, shape, 4, true);
	whole = make(any_type(), ndim, shape, true);
	a = any_view(whole, false);
	b = any(4) ? partner(a, any_type()) : any_view(whole, false);
	BOTH(answers, op->in_place(a.cpu, b.cpu), op->in_place(a.gpu, b.gpu));
	if (!same_answers(&answers) || !same_arrays(whole, op->loose, 0))
		return false;
	BOTH(answers, op->scalar_in_place(a.cpu, number), op->scalar_in_place(a.gpu, number));
	return same_answers(&answers) && same_arrays(whole, 2 * op->loose, 0);
}

struct unary {
	unary_fn *out;
	unary_in_place_fn *in_place;
	double loose;
};

static bool run_unary(const void *what)
{
	const struct unary *op = what;
	struct pair a = any_pair(true), out = {NULL, NULL}, b;
	int64_t shape[ND_MAX_DIMS];
	struct answers answers;
	int ndim;

	BOTH(answers, op->out(a.cpu, &out.cpu), op->out(a.gpu, &out.gpu));
	if (!same(&answers, out, op->loose, 0))
		return false;
	if (!op->in_place)
		return true;
	any_shape(&ndim, shape, 4, true);
	a = make(any_type(), ndim, shape, true);
	b = any_view(a, false);
	BOTH(answers, op->in_place(b.cpu), op->in_place(b.gpu));
	return same_answers(&answers) && same_arrays(a, op->loose, 0);
}

static bool run_clip(const void *what)
{
	struct pair a = any_pair(true), out = {NULL, NULL};
	double low = any(4) ? any_number() - 3 : -INFINITY;
	double high = any(4) ? low + any(6) : INFINITY;
	struct answers answers;

	BOTH(answers, nd_clip(a.cpu, low, high, &out.cpu), nd_clip(a.gpu, low, high, &out.gpu));
	if (!same(&answers, out, EXACT, 0))
		return false;
	if (answers.cpu)
		return true;
	BOTH(answers, nd_clip_in_place(out.cpu, low, high), nd_clip_in_place(out.gpu, low, high));
	return same_answers(&answers) && same_arrays(out, EXACT, 0);
}

static bool run_where(const void *what)
{
	struct pair c = any_pair(true), a = partner(c, any_type()), b = partner(c, any_type());
	struct pair out = {NULL, NULL};
	struct answers answers;

	BOTH(answers, nd_where(c.cpu, a.cpu, b.cpu, &out.cpu),
	     nd_where(c.gpu, a.gpu, b.gpu, &out.gpu));
	return same(&answers, out, EXACT, 0);
}

static bool run_allclose(const void *what)
{
	struct pair a = any_pair(true), b = any(2) ? a : partner(a, any_type());
	bool nan = any(2), left = false, right = false;
	struct answers answers;

	BOTH(answers, nd_allclose(a.cpu, b.cpu, 0.1, 0.1, nan, &left),
	     nd_allclose(a.gpu, b.gpu, 0.1, 0.1, nan, &right));
	if (!same_answers(&answers))
		return false;
	return left == right || differ("cpu: %d, gpu: %d", left, right);
}

/* ---- reductions ---- */

typedef nd_status reduce_fn(nd_array *, int, const int *, bool, nd_array **);

struct reduction {
	reduce_fn *run;
	double loose, absolute; /* the latter in units of the input's type */
};

static nd_status norm_1(nd_array *a, int n, const int *axes, bool keep, nd_array **out)
{
	return nd_norm(a, 1, n, axes, keep, out);
}

static nd_status norm_2(nd_array *a, int n, const int *axes, bool keep, nd_array **out)
{
	return nd_norm(a, 2, n, axes, keep, out);
}

static nd_status norm_inf(nd_array *a, int n, const int *axes, bool keep, nd_array **out)
{
	return nd_norm(a, INFINITY, n, axes, keep, out);
}

static double unit_of(struct pair a)
{
	nd_dtype type;

	MUST(nd_array_dtype(a.cpu, &type));
	return type == ND_F32    ? 0x1p-23
	       : type == ND_F16  ? 0x1p-10
	       : type == ND_BF16 ? 0x1p-7
				 : 0x1p-52;
}

static bool reduced(const struct reduction *op, struct pair a)
{
	struct pair out = {NULL, NULL};
	int axes[ND_MAX_DIMS], ndim, count = 0;
	bool keep = any(2);
	struct answers answers;

	MUST(nd_array_shape(a.cpu, &ndim, NULL));
	for (int i = 0; i < ndim; i++) {
		if (any(2))
			axes[count++] = any(2) ? i : i - ndim;
	}
	BOTH(answers, op->run(a.cpu, count, axes, keep, &out.cpu),
	     op->run(a.gpu, count, axes, keep, &out.gpu));
	return same(&answers, out, op->loose, op->absolute * unit_of(a));
}

static bool run_reduction(const void *what)
{
	return reduced(what, any_pair(any(3) == 0));
}

/* Long ones, cut into parts: along rows, along columns, over everything. */
static bool run_long_reduction(const void *what)
{
	static const int64_t shapes[][3] = {{1, 1, 70000}, {3, 5000, 2},  {40, 1, 2000},
					    {600, 7, 33},  {2, 9000, 40}, {130, 65, 3}};
	struct pair a = make(any(3) ? any_float() : any_type(), 3, shapes[any(6)], any(4) == 0);

	return reduced(what, any_view(a, false));
}

static bool run_cumsum(const void *what)
{
	struct pair a = any_pair(false), out = {NULL, NULL};
	int axis = (int)any(5) - 2;
	struct answers answers;

	BOTH(answers, nd_cumsum(a.cpu, axis, &out.cpu), nd_cumsum(a.gpu, axis, &out.gpu));
	return same(&answers, out, EXACT, 0);
}

typedef nd_status softmax_fn(nd_array *, int, nd_array **);
struct softmax {
	softmax_fn *run;
};

static bool run_softmax(const void *what)
{
	static const int64_t shapes[][3] = {{2, 3, 700}, {1, 900, 70}, {5, 40, 60}, {300, 2, 31}};
	softmax_fn *run = ((const struct softmax *)what)->run;
	struct pair out = {NULL, NULL}, a;
	int axis = (int)any(6) - 3;
	struct answers answers;

	if (any(3))
		a = any_pair(any(4) == 0);
	else
		a = any_view(make(any_float(), 3, shapes[any(4)], false), false);
	BOTH(answers, run(a.cpu, axis, &out.cpu), run(a.gpu, axis, &out.gpu));
	return same(&answers, out, FUNCTION, 64 * unit_of(a));
}

/* ---- products ---- */

static bool product(struct pair a, struct pair b, double terms)
{
	struct pair out = {NULL, NULL};
	nd_dtype left, right;
	struct answers answers;
	double unit;

	MUST(nd_array_dtype(a.cpu, &left));
	MUST(nd_array_dtype(b.cpu, &right));
	BOTH(answers, nd_matmul(a.cpu, b.cpu, &out.cpu), nd_matmul(a.gpu, b.gpu, &out.gpu));
	/* Added up in f32 by different orders: numbers of size 3, some larger. */
	unit = nd_promote(left, right) == ND_F64 ? 0x1p-52 : 0x1p-23;
	return same(&answers, out, 2, terms * 400 * unit);
}

static bool run_matmul(const void *what)
{
	int64_t k = any(20), left[4] = {1 + any(3), 1, any(12), k};
	int64_t right[4] = {1, 1 + any(3), any(3) ? k : any(20), any(12)};
	int drop = (int)any(4), other = (int)any(4);
	struct pair a, b;

	left[1] = any(2) ? right[1] : 1;
	right[0] = any(2) ? left[0] : 1;
	a = make(any_type(), 4 - drop, left + drop, false);
	b = make(any_type(), 4 - other - (other == 3), right + other, false);
	if (other == 3) /* one dimension: as long as A's last */
		b = make(any_type(), 1, &k, false);
	return product(any(2) ? a : any_view(a, false), b, 20);
}

/* Larger than tiles, odd sizes, transposed. */
static bool run_large_matmul(const void *what)
{
	static const nd_dtype types[] = {ND_F32, ND_F64, ND_F32, ND_F16, ND_BF16,
					 ND_I32, ND_I8,  ND_I64, ND_BOOL};
	int64_t m = 1 + any(150), k = 1 + any(200), n = 1 + any(150);
	nd_dtype type = types[any(9)];
	bool turn_a = any(2), turn_b = any(2);
	struct pair a = make(type, 2, turn_a ? (int64_t[]){k, m} : (int64_t[]){m, k}, false);
	struct pair b = make(type, 2, turn_b ? (int64_t[]){n, k} : (int64_t[]){k, n}, false);

	if (turn_a) {
		MUST(nd_transpose(a.cpu, 0, NULL, &a.cpu));
		MUST(nd_transpose(a.gpu, 0, NULL, &a.gpu));
	}
	if (turn_b) {
		MUST(nd_transpose(b.cpu, 0, NULL, &b.cpu));
		MUST(nd_transpose(b.gpu, 0, NULL, &b.gpu));
	}
	return product(a, b, (double)k);
}

static bool run_dot(const void *what)
{
	int64_t n = any(3000);
	struct pair a = make(any_type(), 1, &n, false), b = make(any_type(), 1, &n, false);
	struct pair out = {NULL, NULL};
	struct answers answers;

	a = any_view(a, false);
	BOTH(answers, nd_dot(a.cpu, b.cpu, &out.cpu), nd_dot(a.gpu, b.gpu, &out.gpu));
	return same(&answers, out, 2, (double)n * 40 * 0x1p-23);
}

/* ---- order and choice ---- */

static bool run_order(const void *what)
{
	struct pair a = any_pair(true), out = {NULL, NULL}, where = {NULL, NULL};
	int axis = (int)any(4) - 2;
	bool down = any(2);
	int64_t k = any(5);
	struct answers answers;

	BOTH(answers, nd_sort(a.cpu, axis, down, &out.cpu), nd_sort(a.gpu, axis, down, &out.gpu));
	if (!same(&answers, out, EXACT, 0))
		return false;
	BOTH(answers, nd_argsort(a.cpu, axis, down, &where.cpu),
	     nd_argsort(a.gpu, axis, down, &where.gpu));
	if (!same(&answers, where, EXACT, 0))
		return false;
	if (!answers.cpu) {
		BOTH(answers, nd_array_take_along(a.cpu, where.cpu, axis, &out.cpu),
		     nd_array_take_along(a.gpu, where.gpu, axis, &out.gpu));
		if (!same(&answers, out, EXACT, 0))
			return false;
	}
	BOTH(answers, nd_topk(a.cpu, k, axis, down, &out.cpu, &where.cpu),
	     nd_topk(a.gpu, k, axis, down, &out.gpu, &where.gpu));
	return same(&answers, out, EXACT, 0) && (answers.cpu || same_arrays(where, EXACT, 0));
}

static bool run_pick(const void *what)
{
	struct pair a = any_pair(true), out = {NULL, NULL}, at, mask;
	int64_t n = any(6), shape[ND_MAX_DIMS];
	int axis = (int)any(4) - 2, ndim;
	struct answers answers;

	at = make(any(6) ? (any(2) ? ND_I32 : ND_I64) : ND_U8, 1, &n, false);
	BOTH(answers, nd_array_gather(a.cpu, at.cpu, axis, &out.cpu),
	     nd_array_gather(a.gpu, at.gpu, axis, &out.gpu));
	if (!same(&answers, out, EXACT, 0))
		return false;
	MUST(nd_array_shape(a.cpu, &ndim, shape));
	mask = make(any(8) ? ND_BOOL : ND_I8, ndim, shape, false);
	BOTH(answers, nd_array_mask(a.cpu, mask.cpu, &out.cpu),
	     nd_array_mask(a.gpu, mask.gpu, &out.gpu));
	return same(&answers, out, EXACT, 0);
}

/* ---- copies and conversions ---- */

static bool run_to_type(const void *what)
{
	struct pair a = any_pair(true), out = {NULL, NULL};
	nd_dtype type = any_type();
	struct answers answers;

	BOTH(answers, nd_array_to_type(a.cpu, type, &out.cpu),
	     nd_array_to_type(a.gpu, type, &out.gpu));
	return same(&answers, out, EXACT, 0);
}

/* Values at the ends of types, where conversions saturate, wrap and round. */
static bool run_edges(const void *what)
{
	static const double edges[] = {
		127.5,       128,     -128.9, -129,     255.5,     256,    65504,   65519.9,
		65520,       1e-8,    6.1e-5, 0x1p-24,  0x1p-25,   0x1p31, -0x1p31, 0x1p62,
		0x1p63,      -0x1p63, 1e300,  -1e300,   16777217,  3.4e38, 0x1p24,  1.00390625,
		1.005859375, 257.5,   NAN,    INFINITY, -INFINITY, -0.0};
	int64_t count = sizeof edges / sizeof *edges;
	nd_dtype type = any_type(), first = any_type();
	struct pair a, b = {NULL, NULL}, out = {NULL, NULL};
	struct answers answers;

	MUST(nd_create(on_cpu, ND_F64, 1, &count, edges, sizeof edges, &a.cpu));
	MUST(nd_create(on_gpu, ND_F64, 1, &count, edges, sizeof edges, &a.gpu));
	BOTH(answers, nd_array_to_type(a.cpu, first, &b.cpu),
	     nd_array_to_type(a.gpu, first, &b.gpu));
	if (!same(&answers, b, EXACT, 0))
		return false;
	BOTH(answers, nd_array_to_type(b.cpu, type, &out.cpu),
	     nd_array_to_type(b.gpu, type, &out.gpu));
	return same(&answers, out, EXACT, 0);
}

static bool run_copies(const void *what)
{
	struct pair a = any_pair(true), out = {NULL, NULL}, b;
	int64_t shape[ND_MAX_DIMS] = {0}, size;
	struct answers answers;
	nd_dtype type;
	char *buffer;
	size_t bytes;
	int ndim;

	BOTH(answers, nd_array_duplicate(a.cpu, &out.cpu), nd_array_duplicate(a.gpu, &out.gpu));
	if (!same(&answers, out, EXACT, 0))
		return false;
	BOTH(answers, nd_flatten(a.cpu, &out.cpu), nd_flatten(a.gpu, &out.gpu));
	if (!same(&answers, out, EXACT, 0))
		return false;
	BOTH(answers, nd_reshape(a.cpu, 2, (int64_t[]){-1, 1}, &out.cpu),
	     nd_reshape(a.gpu, 2, (int64_t[]){-1, 1}, &out.gpu));
	if (!same(&answers, out, EXACT, 0))
		return false;
	/* Out of one and into a view of the other. */
	any_shape(&ndim, shape, 4, true);
	type = any_type();
	a = make(type, ndim, shape, true);
	b = any_view(a, false);
	MUST(nd_array_size(b.cpu, &size));
	bytes = (size_t)size * nd_dtype_size(type);
	buffer = calloc(1, bytes + 1);
	BOTH(answers, nd_array_copy_in(b.cpu, type, buffer, bytes),
	     nd_array_copy_in(b.gpu, type, buffer, bytes));
	free(buffer);
	return same_answers(&answers) && same_arrays(a, EXACT, 0);
}

static bool run_assign(const void *what)
{
	int64_t shape[ND_MAX_DIMS];
	struct answers answers;
	struct pair a, b, c;
	int ndim;

	any_shape(&ndim, shape, 4, true);
	a = make(any_type(), ndim, shape, true);
	b = any_view(a, false);
	c = any(3) ? partner(b, any_type()) : any_view(a, false);
	BOTH(answers, nd_array_assign(b.cpu, c.cpu), nd_array_assign(b.gpu, c.gpu));
	return same_answers(&answers) && same_arrays(a, EXACT, 0);
}

static bool run_elements(const void *what)
{
	struct pair a = any_pair(true);
	int64_t shape[ND_MAX_DIMS], index[ND_MAX_DIMS], left = 0, right = 0;
	double number = any_number(), x = 0, y = 0;
	struct answers answers;
	int ndim;

	MUST(nd_array_shape(a.cpu, &ndim, shape));
	for (int i = 0; i < ndim; i++)
		index[i] = (int64_t)any(8) - 4;
	BOTH(answers, nd_array_get_f64(a.cpu, ndim, index, &x),
	     nd_array_get_f64(a.gpu, ndim, index, &y));
	if (!same_answers(&answers))
		return false;
	if (x != y && (x == x || y == y))
		return differ("%g and %g", x, y);
	BOTH(answers, nd_array_set_f64(a.cpu, ndim, index, number),
	     nd_array_set_f64(a.gpu, ndim, index, number));
	if (!same_answers(&answers) || !same_arrays(a, EXACT, 0))
		return false;
	BOTH(answers, nd_array_set_i64(a.cpu, ndim, index, 77),
	     nd_array_set_i64(a.gpu, ndim, index, 77));
	BOTH(answers, nd_array_get_i64(a.cpu, ndim, index, &left),
	     nd_array_get_i64(a.gpu, ndim, index, &right));
	if (!same_answers(&answers))
		return false;
	if (left != right)
		return differ("%lld and %lld", (long long)left, (long long)right);
	BOTH(answers, nd_array_item_f64(a.cpu, &x), nd_array_item_f64(a.gpu, &y));
	if (!same_answers(&answers))
		return false;
	return x == y || (x != x && y != y) || differ("%g and %g", x, y);
}

static bool run_join(const void *what)
{
	nd_array *cpu[5], *gpu[5], *left[3] = {NULL}, *right[3] = {NULL};
	int64_t shape[ND_MAX_DIMS] = {2}, repeats[3] = {any(3), 1 + any(2), any(3)};
	size_t count = 1 + any(5);
	struct pair out = {NULL, NULL}, a;
	int ndim, axis, at;
	struct answers answers;

	any_shape(&ndim, shape, 4, true);
	ndim = ndim ? ndim : 1;
	axis = (int)any((uint32_t)ndim);
	at = (int)any((uint32_t)ndim + 1);
	for (size_t i = 0; i < count; i++) {
		int64_t kept = shape[axis];

		shape[axis] = any(2) ? kept : any(4);
		a = make(any_type(), ndim, shape, true);
		shape[axis] = kept;
		cpu[i] = a.cpu;
		gpu[i] = a.gpu;
	}
	BOTH(answers, nd_concat(cpu, count, axis, &out.cpu), nd_concat(gpu, count, axis, &out.gpu));
	if (!same(&answers, out, EXACT, 0))
		return false;
	BOTH(answers, nd_stack(cpu, count, at, &out.cpu), nd_stack(gpu, count, at, &out.gpu));
	if (!same(&answers, out, EXACT, 0))
		return false;
	a = any_pair(true);
	BOTH(answers, nd_tile(a.cpu, 3, repeats, &out.cpu), nd_tile(a.gpu, 3, repeats, &out.gpu));
	if (!same(&answers, out, EXACT, 0))
		return false;
	BOTH(answers, nd_split(a.cpu, 3, 0, left), nd_split(a.gpu, 3, 0, right));
	if (!same_answers(&answers))
		return false;
	return answers.cpu || same_arrays((struct pair){left[2], right[2]}, EXACT, 0);
}

/* ---- creation, devices, text, files ---- */

static bool run_create(const void *what)
{
	int64_t shape[ND_MAX_DIMS], n = any(40), rows = 1 + any(5), columns = 1 + any(5);
	int64_t diagonal = (int64_t)any(7) - 3;
	bool last = any(2);
	nd_dtype type = any_type();
	double value = any_number(), step = any(2) ? 1 + any(3) : normal_number();
	struct pair out = {NULL, NULL};
	struct answers answers;
	uint64_t seed = any(1000);
	int ndim;

	any_shape(&ndim, shape, 4, true);
#define CREATE(call, ...)                                                                          \
	BOTH(answers, call(on_cpu, __VA_ARGS__, &out.cpu), call(on_gpu, __VA_ARGS__, &out.gpu));   \
	if (!same(&answers, out, EXACT, 0))                                                        \
	return false
	CREATE(nd_zeros, type, ndim, shape);
	CREATE(nd_ones, type, ndim, shape);
	CREATE(nd_full, type, ndim, shape, value);
	CREATE(nd_arange, type, value, value + (double)n * step, step);
	CREATE(nd_arange, type, rint(value), rint(value) + (double)n, 1);
	CREATE(nd_linspace, type, value, -2 * value, n, last);
	CREATE(nd_eye, type, rows, columns, diagonal);
	CREATE(nd_random_uniform, type, ndim, shape, -1, 2, seed);
	CREATE(nd_random_normal, type, ndim, shape, 1, 2, seed);
	CREATE(nd_random_integer, type, ndim, shape, 0, 2, seed);
#undef CREATE
	MUST(nd_empty(on_gpu, type, ndim, shape, &out.gpu));
	return true;
}

static bool run_to_device(const void *what)
{
	struct pair a = any_pair(true), b;
	nd_device device, is;
	nd_array *out;
	nd_manager *owner;

	MUST(nd_manager_device(on_gpu, &device));
	/* To the GPU: the first operand's manager has it. */
	MUST(nd_array_to_device(a.cpu, device, &out));
	MUST(nd_array_device(out, &is));
	MUST(nd_array_manager(out, &owner));
	if (is.kind != device.kind || is.index != device.index || owner != on_cpu)
		return differ("to_device: not there, or not the manager's");
	MUST(nd_manager_attach(on_gpu, out));
	b = (struct pair){a.cpu, out};
	if (!same_arrays(b, EXACT, 0))
		return false;
	/* And on the same device a copy. */
	MUST(nd_array_to_device(a.gpu, device, &b.gpu));
	return same_arrays(b, EXACT, 0);
}

static bool run_text(const void *what)
{
	struct pair a = any_pair(true), out = {NULL, NULL};
	char *left, *right, path[64];
	struct answers answers;
	size_t count;
	bool alike;

	MUST(nd_array_to_string(a.cpu, &left));
	MUST(nd_array_to_string(a.gpu, &right));
	alike = !strcmp(left, right) || differ("cpu: %s, gpu: %s", left, right);
	nd_free(left);
	nd_free(right);
	if (!alike)
		return false;
	snprintf(path, sizeof path, "/tmp/gpu-compare-%ld.npy", (long)getpid());
	MUST(nd_save_npy(a.gpu, path));
	BOTH(answers, nd_load_npy(on_cpu, path, &out.cpu), nd_load_npy(on_gpu, path, &out.gpu));
	alike = same(&answers, out, EXACT, 0);
	MUST(nd_save_npz((nd_array *const[]){a.gpu, out.gpu}, NULL, 2, path));
	if (alike) {
		nd_array *all[2];

		MUST(nd_load_npz(on_gpu, path, all, 2, &count));
		alike = count == 2 && same_arrays((struct pair){a.cpu, all[0]}, EXACT, 0);
	}
	unlink(path);
	return alike;
}

#define BINARY(name, loose)                                                                        \
	static const struct binary name##_ops = {nd_##name, nd_##name##_scalar,                    \
						 nd_##name##_in_place,                             \
						 nd_##name##_scalar_in_place, loose};
BINARY(add, ROUNDED)
BINARY(sub, ROUNDED)
BINARY(mul, ROUNDED)
BINARY(div, ROUNDED)
BINARY(pow, FUNCTION)
BINARY(mod, EXACT)
BINARY(maximum, EXACT)
BINARY(minimum, EXACT)

#define COMPARE(name)                                                                              \
	static const struct binary name##_ops = {nd_##name, nd_##name##_scalar, NULL, NULL, 0};
COMPARE(eq)
COMPARE(neq)
COMPARE(gt)
COMPARE(gte)
COMPARE(lt)
COMPARE(lte)

#define LOGICAL(name) static const struct binary name##_ops = {nd_##name, NULL, NULL, NULL, 0};
LOGICAL(logical_and)
LOGICAL(logical_or)
LOGICAL(logical_xor)

#define UNARY(name, loose)                                                                         \
	static const struct unary name##_ops = {nd_##name, nd_##name##_in_place, loose};
UNARY(neg, EXACT)
UNARY(abs, EXACT)
UNARY(sqrt, ROUNDED)
UNARY(square, ROUNDED)
UNARY(exp, FUNCTION)
UNARY(log, FUNCTION)
UNARY(floor, EXACT)
UNARY(ceil, EXACT)
UNARY(round, EXACT)
UNARY(sin, FUNCTION)
UNARY(cos, FUNCTION)
UNARY(tan, FUNCTION)
UNARY(asin, FUNCTION)
UNARY(acos, FUNCTION)
UNARY(atan, FUNCTION)
UNARY(tanh, FUNCTION)
UNARY(sigmoid, FUNCTION)
UNARY(relu, EXACT)

#define TEST(name) static const struct unary name##_ops = {nd_##name, NULL, 0};
TEST(logical_not)
TEST(isnan)
TEST(isinf)
TEST(isfinite)

/* Sums of up to 90000 numbers of size 3, the terms' errors apart. */
static const struct reduction sum_ops = {nd_sum, 2, 90000}, mean_ops = {nd_mean, 2, 8},
			      prod_ops = {nd_prod, 64, 0}, max_ops = {nd_max, 0, 0},
			      min_ops = {nd_min, 0, 0}, argmax_ops = {nd_argmax, 0, 0},
			      argmin_ops = {nd_argmin, 0, 0}, all_ops = {nd_all, 0, 0},
			      any_ops = {nd_any, 0, 0}, median_ops = {nd_median, 0, 0},
			      norm_1_ops = {norm_1, 16, 0}, norm_2_ops = {norm_2, 256, 0},
			      norm_inf_ops = {norm_inf, 0, 0};
static const struct softmax softmax_ops = {nd_softmax}, log_softmax_ops = {nd_log_softmax};

#define BOTH_FORMS(name)                                                                           \
	{#name, run_binary, &name##_ops, 0},                                                       \
	{                                                                                          \
#name "_in_place", run_in_place, &name##_ops, 0                                    \
	}
#define ONE(name, run)                                                                             \
	{                                                                                          \
#name, run, &name##_ops, 0                                                         \
	}
#define REDUCTION(name)                                                                            \
	{#name, run_reduction, &name##_ops, 0},                                                    \
	{                                                                                          \
#name " (long)", run_long_reduction, &name##_ops, 8                                \
	}

const struct compare_case gpu_cases[] = {
	{"create", run_create, NULL, 0},
	{"to_device", run_to_device, NULL, 0},
	{"copies", run_copies, NULL, 0},
	{"to_type", run_to_type, NULL, 0},
	{"conversions' edges", run_edges, NULL, 0},
	{"assign", run_assign, NULL, 0},
	{"elements", run_elements, NULL, 0},
	{"join", run_join, NULL, 0},
	BOTH_FORMS(add),
	BOTH_FORMS(sub),
	BOTH_FORMS(mul),
	BOTH_FORMS(div),
	BOTH_FORMS(pow),
	BOTH_FORMS(mod),
	BOTH_FORMS(maximum),
	BOTH_FORMS(minimum),
	{"clip", run_clip, NULL, 0},
	ONE(neg, run_unary),
	ONE(abs, run_unary),
	ONE(sqrt, run_unary),
	ONE(square, run_unary),
	ONE(exp, run_unary),
	ONE(log, run_unary),
	ONE(floor, run_unary),
	ONE(ceil, run_unary),
	ONE(round, run_unary),
	ONE(sin, run_unary),
	ONE(cos, run_unary),
	ONE(tan, run_unary),
	ONE(asin, run_unary),
	ONE(acos, run_unary),
	ONE(atan, run_unary),
	ONE(tanh, run_unary),
	ONE(sigmoid, run_unary),
	ONE(relu, run_unary),
	ONE(eq, run_binary),
	ONE(neq, run_binary),
	ONE(gt, run_binary),
	ONE(gte, run_binary),
	ONE(lt, run_binary),
	ONE(lte, run_binary),
	ONE(logical_and, run_binary),
	ONE(logical_or, run_binary),
	ONE(logical_xor, run_binary),
	ONE(logical_not, run_unary),
	ONE(isnan, run_unary),
	ONE(isinf, run_unary),
	ONE(isfinite, run_unary),
	{"allclose", run_allclose, NULL, 0},
	{"where", run_where, NULL, 0},
	REDUCTION(sum),
	REDUCTION(mean),
	REDUCTION(prod),
	REDUCTION(max),
	REDUCTION(min),
	REDUCTION(argmax),
	REDUCTION(argmin),
	REDUCTION(all),
	REDUCTION(any),
	REDUCTION(norm_1),
	REDUCTION(norm_2),
	REDUCTION(norm_inf),
	ONE(median, run_reduction),
	{"cumsum", run_cumsum, NULL, 0},
	ONE(softmax, run_softmax),
	ONE(log_softmax, run_softmax),
	{"matmul", run_matmul, NULL, 0},
	{"matmul (large)", run_large_matmul, NULL, 4},
	{"dot", run_dot, NULL, 4},
	{"sort, argsort, topk", run_order, NULL, 0},
	{"gather, mask", run_pick, NULL, 0},
	{"text and files", run_text, NULL, 4},
};
const size_t gpu_case_count = sizeof gpu_cases / sizeof *gpu_cases;
