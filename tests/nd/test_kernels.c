/* SPDX-License-Identifier: MIT */
/*
 * The kernels by themselves: published vectors of the generator, error bounds
 * of the vector functions at every level the processor has, memory running
 * out, and files that lie.  NumPy is their oracle elsewhere (oracle.py).
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kernels/loops.h"
#include "kernels/ndk.h"

/* A scratch allocator that fails from the FAIL_AT-th allocation on. */
struct counting {
	long fail_at, calls, live;
};

static void *count_alloc(void *context, size_t size)
{
	struct counting *c = context;

	if (++c->calls > c->fail_at)
		return NULL;
	c->live++;
	return malloc(size);
}

static void count_free(void *context, void *block)
{
	((struct counting *)context)->live--;
	free(block);
}

static struct ndk_scratch scratch_of(struct counting *c)
{
	return (struct ndk_scratch){count_alloc, count_free, c};
}

static struct ndk_view view_of(void *data, enum ndk_type type, int ndim, int64_t a, int64_t b)
{
	struct ndk_view view = {.data = data, .type = type, .ndim = ndim, .shape = {a, b}};

	ndk_set_contiguous(&view);
	return view;
}

/* The vectors that Random123 publishes for philox4x32, 10 rounds (kat_vectors). */
static void test_philox(void **state)
{
	static const struct {
		uint32_t counter[4], key[2], expected[4];
	} vectors[] = {
		{{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
		{{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
		 {0xffffffff, 0xffffffff},
		 {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
		{{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
		 {0xa4093822, 0x299f31d0},
		 {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
	};
	uint32_t out[4];

	for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
		ndk_philox(vectors[i].counter, vectors[i].key, out);
		assert_memory_equal(out, vectors[i].expected, sizeof out);
	}
}

static void test_streams(void **state)
{
	struct ndk_rng a, b;
	double x[100], y[100];
	struct ndk_view vx = view_of(x, NDK_F64, 1, 100, 0), vy = view_of(y, NDK_F64, 1, 100, 0);
	int64_t low[3];
	struct ndk_view whole = view_of(low, NDK_I64, 1, 3, 0);

	ndk_rng_seed(&a, 7, 0);
	ndk_rng_seed(&b, 7, 0);
	ndk_random_normal(&a, &vx, 0, 1);
	ndk_random_normal(&b, &vy, 0, 1);
	assert_memory_equal(x, y, sizeof x);
	ndk_rng_seed(&b, 7, 1);
	ndk_random_normal(&b, &vy, 0, 1);
	assert_memory_not_equal(x, y, sizeof x);
	assert_int_equal(ndk_random_integer(&a, &whole, 5, 5), NDK_BAD_VALUE);
	assert_int_equal(ndk_random_integer(&a, &whole, INT64_MIN, INT64_MAX), NDK_OK);
	assert_int_equal(ndk_random_uniform(&a, &vx, 1, 1), NDK_BAD_VALUE);
	assert_int_equal(ndk_random_uniform(&a, &vx, 0, INFINITY), NDK_BAD_VALUE);
	assert_int_equal(ndk_random_uniform(&a, &whole, 0, 1), NDK_BAD_TYPE);
}

struct bound {
	enum ndk_unary_op op;
	long double (*exact)(long double);
	double low, high, ulp;
};

static long double sigmoid(long double x)
{
	return 1 / (1 + expl(-x));
}

static const struct bound bounds[] = {
	{NDK_EXP, expl, -745, 709, 2},      {NDK_EXP, expl, -1, 1, 2},
	{NDK_LOG, logl, 1e-310, 1e300, 2},  {NDK_LOG, logl, 0.5, 2, 2},
	{NDK_TANH, tanhl, -20, 20, 3},      {NDK_TANH, tanhl, -1e-3, 1e-3, 3},
	{NDK_SIGMOID, sigmoid, -30, 30, 3}, {NDK_SIN, sinl, -10, 10, 2},
	{NDK_SIN, sinl, -6e4, 6e4, 2},      {NDK_COS, cosl, -10, 10, 2},
	{NDK_COS, cosl, -6e4, 6e4, 2},
};

#define POINTS 20000

static double worst_f64(const struct ndk_loops *loops, const struct bound *b)
{
	static double x[POINTS], y[POINTS];
	double worst = 0;

	for (int i = 0; i < POINTS; i++)
		x[i] = b->low + (b->high - b->low) * ((i + 0.37) / POINTS);
	loops->unary[b->op][NDK_F64](y, x, POINTS);
	for (int i = 0; i < POINTS; i++) {
		long double want = b->exact(x[i]);
		double near = (double)want, unit = fabs(nextafter(near, INFINITY) - near);

		worst = fmax(worst, (double)(fabsl(want - y[i]) / unit));
	}
	return worst;
}

static double worst_f32(const struct ndk_loops *loops, const struct bound *b)
{
	static float x[POINTS], y[POINTS];
	double worst = 0, low = fmax(b->low, b->op == NDK_LOG ? 1e-42 : -87);
	double high = fmin(b->high, b->op == NDK_EXP ? 88 : 1e38);

	for (int i = 0; i < POINTS; i++)
		x[i] = (float)(low + (high - low) * ((i + 0.37) / POINTS));
	loops->unary[b->op][NDK_F32](y, x, POINTS);
	for (int i = 0; i < POINTS; i++) {
		long double want = b->exact(x[i]);
		float near = (float)want, unit = fabsf(nextafterf(near, INFINITY) - near);

		worst = fmax(worst, (double)(fabsl(want - y[i]) / unit));
	}
	return worst;
}

static void test_error_bounds(void **state)
{
	const struct ndk_loops *loops;

	for (unsigned level = 0; (loops = ndk_loops_at(level)); level++)
		for (size_t i = 0; i < sizeof bounds / sizeof bounds[0]; i++) {
			double wide = worst_f64(loops, &bounds[i]);
			double narrow = worst_f32(loops, &bounds[i]);

			if (wide >= bounds[i].ulp || narrow >= bounds[i].ulp)
				fail_msg("level %u, bound %zu: off by %g (f64), %g (f32)", level, i,
					 wide, narrow);
		}
}

/* Every level answers alike where answers are exact. */
static void test_levels_agree(void **state)
{
	enum { N = 333 };
	static float a[N], b[N], first[N], other[N];
	static uint16_t half[N], half_first[N];
	const struct ndk_loops *loops;
	double sum, first_sum = 0;

	for (int i = 0; i < N; i++) {
		a[i] = (float)(i * i % 97) - 40;
		b[i] = (float)(i % 13) - 6;
	}
	a[5] = NAN;
	b[7] = INFINITY;
	for (unsigned level = 0; (loops = ndk_loops_at(level)); level++) {
		for (int op = NDK_ADD; op < NDK_BINARY_COUNT; op++) {
			ndk_loops_at(0)->binary[op][NDK_F32](first, a, b, N, 0);
			loops->binary[op][NDK_F32](other, a, b, N, 0);
			for (int i = 0; i < N; i++)
				assert_true(first[i] == other[i] ||
					    (isnan(first[i]) && isnan(other[i])));
		}
		loops->convert[NDK_F16][NDK_F32](half, 2, a, 4, N);
		if (!level)
			memcpy(half_first, half, sizeof half);
		assert_memory_equal(half, half_first, sizeof half);
		sum = 0;
		loops->sum_f32(&sum, a + 6, N - 6);
		if (!level)
			first_sum = sum;
		assert_true(sum == first_sum);
	}
}

/* So do rows that are stored past the caches; what lies after them stays. */
static void test_streamed_rows_agree(void **state)
{
	const size_t n = NDK_STREAMED / sizeof(float) + 5, all = n + 16;
	float *a = malloc(all * sizeof *a), *plain = malloc(all * sizeof *plain);
	float *out = aligned_alloc(NDK_LINE, (all * sizeof *out + NDK_LINE) / NDK_LINE * NDK_LINE);
	const struct ndk_loops *loops;

	assert_true(a && plain && out && ndk_is_streamed(sizeof *out, n));
	for (size_t i = 0; i < all; i++)
		a[i] = (float)(i % 8191) - 4000;
	for (size_t i = 0; i < all; i++)
		plain[i] = i < n ? a[i] * a[i + 1] : -1;
	for (unsigned level = 0; (loops = ndk_loops_at(level)); level++)
		for (size_t from = 0; from <= 1; from++) { /* at a line: streamed; else not */
			for (size_t i = 0; i < all; i++)
				out[i] = -1;
			loops->binary[NDK_MUL][NDK_F32](out + from, a + from, a + from + 1,
							n - from, 0);
			assert_memory_equal(out + from, plain + from, (all - from) * sizeof *out);
			assert_true(!from || out[0] == -1);
		}
	free(a);
	free(plain);
	free(out);
}

static void test_out_of_memory(void **state)
{
	float a[12] = {3, 1, 2, 5, 4, 9, 8, 7, 6, 0, 11, 10}, c[16];
	int64_t order[12];
	struct ndk_view line = view_of(a, NDK_F32, 1, 12, 0), one = view_of(c, NDK_F32, 1, 1, 0);
	struct ndk_view indices = view_of(order, NDK_I64, 1, 12, 0), wide, product;
	struct counting none = {0, 0, 0}, plenty = {99, 0, 0};
	struct ndk_scratch fails = scratch_of(&none), works = scratch_of(&plenty);

	assert_int_equal(ndk_sort(&line, &line, 0, false, &fails), NDK_NO_MEMORY);
	assert_int_equal(ndk_argsort(&indices, &line, 0, false, &fails), NDK_NO_MEMORY);
	assert_int_equal(ndk_reduce(NDK_MEDIAN, &one, &line, 1, &fails), NDK_NO_MEMORY);
	assert_int_equal(ndk_softmax(&line, &line, 0, false, &fails), NDK_NO_MEMORY);
	/* no axis contiguous: each operand is packed, and the result set down apart */
	wide = view_of(a, NDK_F32, 2, 2, 2);
	wide.stride[0] = 24;
	wide.stride[1] = 8;
	product = view_of(c, NDK_F32, 2, 2, 2);
	product.stride[0] = 24;
	product.stride[1] = 8;
	for (long allowed = 0; allowed < 3; allowed++) {
		struct counting some = {allowed, 0, 0};
		struct ndk_scratch scratch = scratch_of(&some);

		assert_int_equal(ndk_matmul(&product, &wide, &wide, &scratch), NDK_NO_MEMORY);
		assert_int_equal(some.live, 0);
	}
	assert_int_equal(ndk_matmul(&product, &wide, &wide, &works), NDK_OK);
	assert_int_equal(plenty.live, 0);
	assert_true(c[0] == 3 * 3 + 2 * 8 && c[2] == 3 * 2 + 2 * 6);
}

/* Bytes written, in memory. */
struct memory {
	uint8_t bytes[4096];
	size_t size, limit;
};

static int keep(void *context, const void *bytes, size_t size)
{
	struct memory *m = context;

	if (m->size + size > m->limit)
		return -1;
	memcpy(m->bytes + m->size, bytes, size);
	m->size += size;
	return 0;
}

static enum ndk_status read_text(const char *dictionary, size_t data)
{
	uint8_t bytes[1024] = {0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0};
	size_t length = strlen(dictionary);
	struct ndk_npy npy;

	bytes[8] = (uint8_t)length;
	bytes[9] = (uint8_t)(length >> 8);
	memcpy(bytes + 10, dictionary, length);
	return ndk_npy_read(bytes, 10 + length + data, &npy);
}

static void test_hostile_npy(void **state)
{
	static const struct {
		const char *dictionary;
		enum ndk_status status;
	} cases[] = {
		{"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }", NDK_OK},
		{"{'shape': (4,), 'descr': '<f4', 'fortran_order': True}\n", NDK_OK},
		{"{'descr': '<f4', 'fortran_order': False, 'shape': ()}", NDK_OK},
		{"{'descr': '<f4', 'fortran_order': False, 'shape': (2L, 2L)}", NDK_OK},
		{"{'descr': '<f4', 'fortran_order': False, 'shape': (0, 99999999999)}", NDK_OK},
		{"", NDK_BAD_FORMAT},
		{"{", NDK_BAD_FORMAT},
		{"{}", NDK_BAD_FORMAT},
		{"{'descr': '<f4'", NDK_BAD_FORMAT},
		{"{'descr': '<f4', 'fortran_order': False}", NDK_BAD_FORMAT},
		{"{'descr': '<f4', 'fortran_order': False, 'shape': (2)}", NDK_BAD_FORMAT},
		{"{'descr': '<f4', 'fortran_order': False, 'shape': (-2,)}", NDK_BAD_FORMAT},
		{"{'descr': '<f4', 'fortran_order': False, 'shape': (2 2)}", NDK_BAD_FORMAT},
		{"{'descr': '<f4', 'fortran_order': False, 'shape': (5,)}", NDK_BAD_FORMAT},
		{"{'descr': '<f4', 'fortran_order': maybe, 'shape': (4,)}", NDK_BAD_FORMAT},
		{"{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (4,)}",
		 NDK_BAD_FORMAT},
		{"{'descr': '<f4', 'fortran_order': False, 'shape': (4,)} x", NDK_BAD_FORMAT},
		{"{'descr': 'f', 'fortran_order': False, 'shape': (4,)}", NDK_BAD_FORMAT},
		{"{'descr': '', 'fortran_order': False, 'shape': (4,)}", NDK_BAD_FORMAT},
		{"{'descr': '<f4, 'fortran_order': False, 'shape': (4,)}", NDK_UNSUPPORTED},
		{"{'descr': '<f4', 'fortran_order': False, 'shape': (9223372036854775807,)}",
		 NDK_BAD_FORMAT},
		{"{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}",
		 NDK_BAD_FORMAT},
		{"{'descr': '<f8', 'fortran_order': False, 'shape': (4294967296, 4294967296, 0)}",
		 NDK_BAD_FORMAT},
		{"{'descr': '<f4', 'fortran_order': False, 'shape': (1,1,1,1,1,1,1,1,1)}",
		 NDK_BAD_SHAPE},
		{"{'descr': '<c8', 'fortran_order': False, 'shape': (1,)}", NDK_UNSUPPORTED},
		{"{'descr': '|O', 'fortran_order': False, 'shape': (1,)}", NDK_UNSUPPORTED},
		{"{'descr': '<M8[ns]', 'fortran_order': False, 'shape': (1,)}", NDK_UNSUPPORTED},
		{"{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}",
		 NDK_UNSUPPORTED},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		if (read_text(cases[i].dictionary, 16) != cases[i].status)
			fail_msg("%s: not '%s'", cases[i].dictionary,
				 ndk_status_text(cases[i].status));
}

/* Cut anywhere, a file is refused and nothing beyond its end is read. */
static void test_truncated(void **state)
{
	static struct memory file = {.limit = sizeof file.bytes};
	float data[6] = {1, 2, 3, 4, 5, 6};
	struct ndk_view view = view_of(data, NDK_F32, 2, 2, 3);
	struct ndk_sink sink = {keep, &file};
	struct counting plenty = {99, 0, 0};
	struct ndk_scratch scratch = scratch_of(&plenty);
	struct ndk_npz_writer writer;
	struct ndk_npz npz;
	struct ndk_npz_entry entry;
	struct ndk_npy npy;
	bool more;

	assert_int_equal(ndk_npy_write(&view, &sink), NDK_OK);
	for (size_t size = 0; size < file.size; size++) {
		uint8_t *copy = malloc(size + 1);

		memcpy(copy, file.bytes, size);
		assert_int_not_equal(ndk_npy_read(copy, size, &npy), NDK_OK);
		free(copy);
	}
	file.size = 0;
	ndk_npz_begin(&writer, &sink, &scratch);
	assert_int_equal(ndk_npz_add(&writer, "", &view), NDK_BAD_VALUE);
	assert_int_equal(ndk_npz_add(&writer, "first", &view), NDK_OK);
	assert_int_equal(ndk_npz_add(&writer, "second", &view), NDK_OK);
	assert_int_equal(ndk_npz_end(&writer, false), NDK_OK);
	assert_int_equal(plenty.live, 0);
	for (size_t size = 0; size < file.size; size++) {
		uint8_t *copy = malloc(size + 1);

		memcpy(copy, file.bytes, size);
		assert_int_not_equal(ndk_npz_open(copy, size, &npz), NDK_OK);
		free(copy);
	}
	/* one bit of the data: the checksum tells */
	assert_int_equal(ndk_npz_open(file.bytes, file.size, &npz), NDK_OK);
	assert_int_equal(ndk_npz_next(&npz, &entry, &more), NDK_OK);
	assert_true(more && entry.name_length == 5 && memcmp(entry.name, "first", 5) == 0);
	((uint8_t *)entry.bytes)[entry.size - 1] ^= 1;
	{
		const uint8_t *bytes;
		void *block;

		assert_int_equal(ndk_npz_unpack(&entry, 1 << 20, &scratch, &bytes, &block),
				 NDK_BAD_FORMAT);
		((uint8_t *)entry.bytes)[entry.size - 1] ^= 1;
		assert_int_equal(ndk_npz_unpack(&entry, 1 << 20, &scratch, &bytes, &block), NDK_OK);
		assert_null(block);
		assert_int_equal(ndk_npz_unpack(&entry, 10, &scratch, &bytes, &block),
				 NDK_BAD_VALUE);
	}
}

static void test_sinks_that_stop(void **state)
{
	static struct memory file;
	float data[5000] = {0};
	struct ndk_view view = view_of(data, NDK_F32, 2, 50, 100);
	struct ndk_sink sink = {keep, &file};
	struct counting plenty = {99, 0, 0};
	struct ndk_scratch scratch = scratch_of(&plenty);
	struct ndk_format_options options;

	ndk_format_defaults(&options);
	for (file.limit = 0; file.limit < 300; file.limit += 7) {
		file.size = 0;
		assert_int_equal(ndk_npy_write(&view, &sink), NDK_STOPPED);
		file.size = 0;
		view.shape[1] = 10;
		assert_int_equal(ndk_format(&view, &options, &sink, &scratch), NDK_STOPPED);
		view.shape[1] = 100;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_philox),
		cmocka_unit_test(test_streams),
		cmocka_unit_test(test_error_bounds),
		cmocka_unit_test(test_levels_agree),
		cmocka_unit_test(test_streamed_rows_agree),
		cmocka_unit_test(test_out_of_memory),
		cmocka_unit_test(test_hostile_npy),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_sinks_that_stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
