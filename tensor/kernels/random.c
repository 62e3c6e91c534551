/* SPDX-License-Identifier: MIT */
/*
 * Random numbers, see ndk.h.  The rounds and constants of Philox4x32-10 are
 * those of the paper named there.  Thread-safe for generators not shared.
 */
#include "ndk_internal.h"

#include <math.h>

#define ROUNDS 10

void ndk_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4])
{
	uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];
	uint32_t k0 = key[0], k1 = key[1];

	for (int round = 0; round < ROUNDS; round++) {
		uint64_t a = (uint64_t)0xd2511f53u * c0, b = (uint64_t)0xcd9e8d57u * c2;

		c0 = (uint32_t)(b >> 32) ^ c1 ^ k0;
		c1 = (uint32_t)b;
		c2 = (uint32_t)(a >> 32) ^ c3 ^ k1;
		c3 = (uint32_t)a;
		k0 += 0x9e3779b9u; /* the golden ratio, and the root of 3 less 1 */
		k1 += 0xbb67ae85u;
	}
	out[0] = c0;
	out[1] = c1;
	out[2] = c2;
	out[3] = c3;
}

void ndk_rng_seed(struct ndk_rng *rng, uint64_t seed, uint64_t stream)
{
	rng->key = seed;
	rng->stream = stream;
	rng->counter = 0;
}

/* Words taken one by one; what is left of a block is dropped with this. */
struct words {
	struct ndk_rng *rng;
	uint32_t block[4];
	unsigned used;
};

static uint32_t next_word(struct words *w)
{
	if (w->used == 4) {
		struct ndk_rng *r = w->rng;
		const uint32_t counter[4] = {(uint32_t)r->counter, (uint32_t)(r->counter >> 32),
					     (uint32_t)r->stream, (uint32_t)(r->stream >> 32)};
		const uint32_t key[2] = {(uint32_t)r->key, (uint32_t)(r->key >> 32)};

		ndk_philox(counter, key, w->block);
		r->counter++;
		w->used = 0;
	}
	return w->block[w->used++];
}

static uint64_t next_double_word(struct words *w)
{
	uint64_t low = next_word(w);

	return low | (uint64_t)next_word(w) << 32;
}

/* [0, 1) in steps of 2^-53 */
static double next_unit(struct words *w)
{
	return (double)(next_double_word(w) >> 11) * 0x1p-53;
}

/* Line by line in C order, so that the values do not depend on strides. */
struct lines {
	struct ndk_walk walk;
	int64_t length, step;
};

static bool lines_begin(struct lines *lines, const struct ndk_view *out)
{
	const struct ndk_view *views[] = {out};
	int last = out->ndim - 1;

	lines->length = out->ndim ? out->shape[last] : 1;
	lines->step = out->ndim ? out->stride[last] : 0;
	return ndk_walk_begin(&lines->walk, views, 1, out->ndim ? 1u << last : 0) &&
	       lines->length > 0;
}

static size_t chunk_of(int64_t left)
{
	return left < NDK_CHUNK ? (size_t)left : NDK_CHUNK;
}

static void uniform_f32(struct words *w, float *to, size_t n, double low, double high)
{
	float last = nextafterf((float)high, -INFINITY);

	for (size_t i = 0; i < n; i++) {
		double unit = (double)(next_word(w) >> 8) * 0x1p-24;
		float value = (float)(low + unit * (high - low));

		/* rounding may reach the end that is not in the range */
		to[i] = (double)value < high ? value : last;
	}
}

static void uniform_f64(struct words *w, double *to, size_t n, double low, double high)
{
	double last = nextafter(high, -INFINITY);

	for (size_t i = 0; i < n; i++) {
		double value = low + next_unit(w) * (high - low);

		to[i] = value < high ? value : last;
	}
}

enum ndk_status ndk_random_uniform(struct ndk_rng *rng, const struct ndk_view *out, double low,
				   double high)
{
	enum ndk_type as = ndk_compute_type(out->type);
	struct words w = {.rng = rng, .used = 4};
	union ndk_chunk buffer;
	struct lines lines;

	if (!ndk_is_float(out->type))
		return NDK_BAD_TYPE;
	if (!isfinite(high - low) || !(low < high))
		return NDK_BAD_VALUE;
	if (!lines_begin(&lines, out))
		return NDK_OK;
	do {
		for (int64_t at = 0; at < lines.length; at += NDK_CHUNK) {
			size_t n = chunk_of(lines.length - at);

			if (as == NDK_F32)
				uniform_f32(&w, buffer.f32, n, low, high);
			else
				uniform_f64(&w, buffer.f64, n, low, high);
			ndk_convert_row(out->type, lines.walk.at[0] + at * lines.step, lines.step,
					as, &buffer, (int64_t)ndk_type_size(as), n);
		}
	} while (ndk_walk_next(&lines.walk));
	return NDK_OK;
}

enum ndk_status ndk_random_normal(struct ndk_rng *rng, const struct ndk_view *out, double mean,
				  double deviation)
{
	struct words w = {.rng = rng, .used = 4};
	union ndk_chunk buffer;
	struct lines lines;
	double second = 0;
	bool have_second = false;

	if (!ndk_is_float(out->type))
		return NDK_BAD_TYPE;
	if (!isfinite(mean) || !isfinite(deviation) || deviation < 0)
		return NDK_BAD_VALUE;
	if (!lines_begin(&lines, out))
		return NDK_OK;
	do {
		for (int64_t at = 0; at < lines.length; at += NDK_CHUNK) {
			size_t n = chunk_of(lines.length - at);

			for (size_t i = 0; i < n; i++) {
				double radius, angle, value = second;

				if (!have_second) {
					/* 1 - u lies in (0, 1]: the logarithm is finite */
					radius = sqrt(-2 * log(1 - next_unit(&w)));
					angle = 2 * M_PI * next_unit(&w);
					value = radius * cos(angle);
					second = radius * sin(angle);
				}
				have_second = !have_second;
				buffer.f64[i] = mean + deviation * value;
			}
			ndk_convert_row(out->type, lines.walk.at[0] + at * lines.step, lines.step,
					NDK_F64, &buffer, 8, n);
		}
	} while (ndk_walk_next(&lines.walk));
	return NDK_OK;
}

/* [0, RANGE); RANGE 0 stands for 2^64. */
static uint64_t next_below(struct words *w, uint64_t range)
{
	uint64_t word = next_double_word(w), rest;
	unsigned __int128 product;

	if (range == 0)
		return word;
	product = (unsigned __int128)word * range;
	if ((uint64_t)product < range) {
		rest = -range % range;
		while ((uint64_t)product < rest)
			product = (unsigned __int128)next_double_word(w) * range;
	}
	return (uint64_t)(product >> 64);
}

static bool in_range(enum ndk_type type, int64_t low, int64_t high)
{
	int64_t least = INT64_MIN, most = INT64_MAX;

	switch (type) {
	case NDK_I8: least = INT8_MIN, most = INT8_MAX; break;
	case NDK_U8: least = 0, most = UINT8_MAX; break;
	case NDK_I32: least = INT32_MIN, most = INT32_MAX; break;
	case NDK_BOOL: least = 0, most = 1; break;
	default: break;
	}
	return low < high && low >= least && high - 1 <= most;
}

enum ndk_status ndk_random_integer(struct ndk_rng *rng, const struct ndk_view *out, int64_t low,
				   int64_t high)
{
	struct words w = {.rng = rng, .used = 4};
	union ndk_chunk buffer;
	struct lines lines;
	uint64_t range = (uint64_t)high - (uint64_t)low;

	if (ndk_is_float(out->type))
		return NDK_BAD_TYPE;
	if (!in_range(out->type, low, high))
		return NDK_BAD_VALUE;
	if (!lines_begin(&lines, out))
		return NDK_OK;
	do {
		for (int64_t at = 0; at < lines.length; at += NDK_CHUNK) {
			size_t n = chunk_of(lines.length - at);

			for (size_t i = 0; i < n; i++)
				buffer.i64[i] = (int64_t)((uint64_t)low + next_below(&w, range));
			ndk_convert_row(out->type, lines.walk.at[0] + at * lines.step, lines.step,
					NDK_I64, &buffer, 8, n);
		}
	} while (ndk_walk_next(&lines.walk));
	return NDK_OK;
}
