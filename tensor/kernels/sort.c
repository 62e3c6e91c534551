/* SPDX-License-Identifier: MIT */
/*
 * Sorting along an axis, see ndk.h.  Every element becomes an unsigned key of
 * the same order with its index beside it; short lines are sorted by insertion,
 * long ones by their keys' bytes from the lowest up (Knuth, TAOCP 3, 5.2.5),
 * passing over bytes that are the same in all.  Both are stable.  Thread-safe.
 */
#include "ndk_internal.h"

#include <string.h>

#include "half.h"

#define INSERTION 48 /* lines up to this length */

struct entry {
	uint64_t key;
	int64_t index;
};

#define NAN_KEY UINT64_MAX
#define SIGN (1ull << 63)

/* -0 equals 0; NaN comes after infinity. */
static uint64_t key_of_f64(double value)
{
	uint64_t bits = ndk_bits_f64(value);

	if (value != value)
		return NAN_KEY;
	if (value == 0)
		return SIGN;
	return bits & SIGN ? ~bits : bits | SIGN;
}

/* As for f64, in the upper bits: the lower ones are the same in all. */
static uint64_t key_of_f32(float value)
{
	uint32_t bits = ndk_bits_f32(value);

	if (value != value)
		return NAN_KEY;
	if (value == 0)
		return SIGN;
	return (uint64_t)(bits & 0x80000000u ? ~bits : bits | 0x80000000u) << 32;
}

/*
 * The keys of one line.  DESCENDING turns the order round; NaN is at the end
 * either way, or at the beginning with NAN_FIRST.
 */
static void make_keys(struct entry *entries, enum ndk_type type, const char *in, int64_t stride,
		      int64_t n, bool descending, bool nan_first)
{
	enum ndk_type compute = ndk_compute_type(type);
	enum ndk_type as = ndk_is_float(compute) ? compute : NDK_I64;
	union ndk_chunk buffer;

	for (int64_t at = 0; at < n; at += NDK_CHUNK) {
		size_t part = n - at < NDK_CHUNK ? (size_t)(n - at) : NDK_CHUNK, i;

		ndk_convert_row(as, &buffer, (int64_t)ndk_type_size(as), type, in + at * stride,
				stride, part);
		for (i = 0; i < part; i++) {
			uint64_t key = as == NDK_F32   ? key_of_f32(buffer.f32[i])
				       : as == NDK_F64 ? key_of_f64(buffer.f64[i])
						       : (uint64_t)buffer.i64[i] ^ SIGN;
			bool nan = ndk_is_float(as) && key == NAN_KEY;

			if (nan)
				key = nan_first ? 0 : NAN_KEY;
			else if (descending)
				key = ~key;
			entries[at + (int64_t)i] = (struct entry){key, at + (int64_t)i};
		}
	}
}

static void insertion_sort(struct entry *entries, int64_t n)
{
	for (int64_t i = 1; i < n; i++) {
		struct entry moved = entries[i];
		int64_t j = i;

		for (; j > 0 && entries[j - 1].key > moved.key; j--)
			entries[j] = entries[j - 1];
		entries[j] = moved;
	}
}

/* Sorts N entries; SPARE has room for as many.  Returns which of the two holds the result. */
static struct entry *sort_entries(struct entry *entries, struct entry *spare, int64_t n)
{
	size_t counts[8][256];

	if (n <= INSERTION) {
		insertion_sort(entries, n);
		return entries;
	}
	memset(counts, 0, sizeof counts);
	for (int64_t i = 0; i < n; i++)
		for (int byte = 0; byte < 8; byte++)
			counts[byte][entries[i].key >> (8 * byte) & 255]++;
	for (int byte = 0; byte < 8; byte++) {
		size_t *count = counts[byte], at = 0;
		struct entry *kept = entries;

		if (count[entries[0].key >> (8 * byte) & 255] == (size_t)n)
			continue;
		for (int digit = 0; digit < 256; digit++) {
			size_t here = count[digit];

			count[digit] = at;
			at += here;
		}
		for (int64_t i = 0; i < n; i++)
			spare[count[entries[i].key >> (8 * byte) & 255]++] = entries[i];
		entries = spare;
		spare = kept;
	}
	return entries;
}

/* What becomes of a sorted line. */
struct sorting {
	const struct ndk_view *values, *indices, *in; /* the first two may be NULL */
	int axis;
	int64_t keep;
	bool descending, nan_first;
};

static void put_line(const struct sorting *s, const struct entry *sorted, char *values,
		     char *indices, const char *in)
{
	int64_t from = s->in->stride[s->axis];

	if (s->values) {
		int64_t step = s->values->stride[s->axis];

		for (int64_t i = 0; i < s->keep; i++)
			ndk_convert_row(s->values->type, values + i * step, 0, s->in->type,
					in + sorted[i].index * from, 0, 1);
	}
	if (s->indices) {
		int64_t step = s->indices->stride[s->axis];

		for (int64_t i = 0; i < s->keep; i++)
			*(int64_t *)(indices + i * step) = sorted[i].index;
	}
}

static enum ndk_status sort_lines(const struct sorting *s, const struct ndk_scratch *scratch)
{
	const struct ndk_view *values = s->values ? s->values : s->in;
	const struct ndk_view *indices = s->indices ? s->indices : s->in;
	const struct ndk_view *views[] = {s->in, values, indices};
	int64_t n = s->in->shape[s->axis];
	size_t bytes = (size_t)n * sizeof(struct entry), size = ndk_type_size(s->in->type);
	struct entry *entries, *sorted;
	char *line;
	struct ndk_walk walk;

	if (s->keep == 0 || !ndk_walk_begin(&walk, views, 3, 1u << s->axis))
		return NDK_OK;
	/* the line itself is kept aside: sorting may be in place */
	entries = scratch->alloc(scratch->context, 2 * bytes + (size_t)n * size);
	if (!entries)
		return NDK_NO_MEMORY;
	line = (char *)(entries + 2 * n);
	do {
		struct sorting aside = *s;
		struct ndk_view copy = *s->in;

		make_keys(entries, s->in->type, walk.at[0], s->in->stride[s->axis], n,
			  s->descending, s->nan_first);
		sorted = sort_entries(entries, entries + n, n);
		if (s->values) {
			ndk_convert_row(s->in->type, line, (int64_t)size, s->in->type, walk.at[0],
					s->in->stride[s->axis], (size_t)n);
			copy.stride[s->axis] = (int64_t)size;
			aside.in = &copy;
		}
		put_line(&aside, sorted, walk.at[1], walk.at[2], line);
	} while (ndk_walk_next(&walk));
	scratch->free(scratch->context, entries);
	return NDK_OK;
}

enum ndk_status ndk_sort(const struct ndk_view *out, const struct ndk_view *in, int axis,
			 bool descending, const struct ndk_scratch *scratch)
{
	struct sorting s = {.values = out, .in = in, .axis = axis, .descending = descending};

	if (!ndk_same_shape(out, in) || !ndk_axis_ok(in, axis))
		return NDK_BAD_SHAPE;
	s.keep = in->shape[axis];
	return sort_lines(&s, scratch);
}

enum ndk_status ndk_argsort(const struct ndk_view *out, const struct ndk_view *in, int axis,
			    bool descending, const struct ndk_scratch *scratch)
{
	struct sorting s = {.indices = out, .in = in, .axis = axis, .descending = descending};

	if (!ndk_same_shape(out, in) || !ndk_axis_ok(in, axis))
		return NDK_BAD_SHAPE;
	if (out->type != NDK_I64)
		return NDK_BAD_TYPE;
	s.keep = in->shape[axis];
	return sort_lines(&s, scratch);
}

static bool fits_topk(const struct ndk_view *out, const struct ndk_view *in, int axis, int64_t k)
{
	struct ndk_view expected = *in;

	expected.shape[axis] = k;
	return !out || ndk_same_shape(out, &expected);
}

enum ndk_status ndk_topk(const struct ndk_view *values, const struct ndk_view *indices,
			 const struct ndk_view *in, int axis, int64_t k, bool largest,
			 const struct ndk_scratch *scratch)
{
	struct sorting s = {.values = values,
			    .indices = indices,
			    .in = in,
			    .axis = axis,
			    .keep = k,
			    .descending = largest,
			    .nan_first = largest};

	if (!ndk_axis_ok(in, axis) || !fits_topk(values, in, axis, k) ||
	    !fits_topk(indices, in, axis, k))
		return NDK_BAD_SHAPE;
	if (k < 0 || k > in->shape[axis])
		return NDK_BAD_VALUE;
	if (indices && indices->type != NDK_I64)
		return NDK_BAD_TYPE;
	return sort_lines(&s, scratch);
}
