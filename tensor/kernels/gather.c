/* SPDX-License-Identifier: MIT */
/* Choosing elements by index and by mask, see ndk.h.  Thread-safe. */
#include "ndk_internal.h"

#include <string.h>

static bool is_index(enum ndk_type type)
{
	return type == NDK_I32 || type == NDK_I64;
}

static int64_t index_at(enum ndk_type type, const char *at)
{
	return type == NDK_I32 ? *(const int32_t *)at : *(const int64_t *)at;
}

/* Every index lies in an axis of LENGTH: checked before anything is written. */
static enum ndk_status check_indices(const struct ndk_view *indices, int64_t length, int64_t *bad)
{
	const struct ndk_view *views[] = {indices};
	struct ndk_walk walk;

	if (!ndk_walk_begin(&walk, views, 1, 0))
		return NDK_OK;
	do {
		int64_t index = index_at(indices->type, walk.at[0]);

		if (index >= length || index < -length) {
			if (bad)
				*bad = index;
			return NDK_BAD_INDEX;
		}
	} while (ndk_walk_next(&walk));
	return NDK_OK;
}

/* One line: OUT's elements are IN's at INDICES; LENGTH is what negative ones count from. */
static void gather_line(const struct ndk_view *out, char *to, const struct ndk_view *in,
			const char *from, const struct ndk_view *indices, const char *index,
			int64_t step, int axis)
{
	int64_t length = in->shape[axis], in_stride = in->stride[axis];
	int64_t out_stride = out->stride[axis], n = out->shape[axis];
	size_t size = ndk_type_size(in->type);
	bool same = in->type == out->type && in->type != NDK_BOOL;

	for (int64_t i = 0; i < n; i++, index += step, to += out_stride) {
		int64_t at = index_at(indices->type, index);
		const char *element = from + (at < 0 ? at + length : at) * in_stride;

		if (same && size == 4)
			memcpy(to, element, 4);
		else if (same && size == 8)
			memcpy(to, element, 8);
		else
			ndk_convert_row(out->type, to, 0, in->type, element, 0, 1);
	}
}

/* A view without its axis AXIS, at the entry INDEX of it. */
static struct ndk_view entry_of(const struct ndk_view *view, int axis, int64_t index)
{
	struct ndk_view entry = {
		.data = (char *)view->data + index * view->stride[axis],
		.type = view->type,
		.ndim = view->ndim - 1,
	};

	for (int i = 0; i < entry.ndim; i++) {
		entry.shape[i] = view->shape[i < axis ? i : i + 1];
		entry.stride[i] = view->stride[i < axis ? i : i + 1];
	}
	return entry;
}

enum ndk_status ndk_take(const struct ndk_view *out, const struct ndk_view *in,
			 const struct ndk_view *indices, int axis, int64_t *bad)
{
	const struct ndk_view *views[] = {out, in};
	struct ndk_view expected = *in;
	struct ndk_walk walk;
	enum ndk_status status;
	int64_t n;

	if (!ndk_axis_ok(in, axis) || indices->ndim != 1)
		return NDK_BAD_SHAPE;
	if (!is_index(indices->type))
		return NDK_BAD_TYPE;
	n = expected.shape[axis] = indices->shape[0];
	if (!ndk_same_shape(out, &expected))
		return NDK_BAD_SHAPE;
	status = check_indices(indices, in->shape[axis], bad);
	if (status || ndk_count(out) == 0)
		return status;
	/* entries that are large are copied whole, small ones element by element */
	if (ndk_count(out) / n >= 16) {
		for (int64_t i = 0; i < n; i++) {
			int64_t at = index_at(indices->type,
					      (char *)indices->data + i * indices->stride[0]);
			struct ndk_view to = entry_of(out, axis, i);
			struct ndk_view from =
				entry_of(in, axis, at < 0 ? at + in->shape[axis] : at);

			ndk_copy(&to, &from);
		}
		return NDK_OK;
	}
	if (!ndk_walk_begin(&walk, views, 2, 1u << axis))
		return NDK_OK;
	do
		gather_line(out, walk.at[0], in, walk.at[1], indices, indices->data,
			    indices->stride[0], axis);
	while (ndk_walk_next(&walk));
	return NDK_OK;
}

enum ndk_status ndk_take_along(const struct ndk_view *out, const struct ndk_view *in,
			       const struct ndk_view *indices, int axis, int64_t *bad)
{
	const struct ndk_view *views[] = {out, in, indices};
	struct ndk_walk walk;
	enum ndk_status status;

	if (!ndk_axis_ok(in, axis) || out->ndim != in->ndim || !ndk_same_shape(out, indices))
		return NDK_BAD_SHAPE;
	for (int i = 0; i < in->ndim; i++)
		if (i != axis && in->shape[i] != out->shape[i])
			return NDK_BAD_SHAPE;
	if (!is_index(indices->type))
		return NDK_BAD_TYPE;
	status = check_indices(indices, in->shape[axis], bad);
	if (status || ndk_count(out) == 0)
		return status;
	ndk_walk_begin(&walk, views, 3, 1u << axis);
	do
		gather_line(out, walk.at[0], in, walk.at[1], indices, walk.at[2],
			    indices->stride[axis], axis);
	while (ndk_walk_next(&walk));
	return NDK_OK;
}

/* How many of N bytes, all 0 or 1, are 1. */
static int64_t count_ones(const uint8_t *bytes, size_t n)
{
	int64_t count = 0;

	for (size_t i = 0; i < n; i++)
		count += bytes[i];
	return count;
}

enum ndk_status ndk_mask_count(const struct ndk_view *mask, int64_t *count)
{
	const struct ndk_view *views[] = {mask};
	union ndk_chunk buffer;
	struct ndk_rows rows;
	enum ndk_status status = ndk_rows_begin(&rows, views, 1);

	*count = 0;
	if (status || rows.empty)
		return status;
	do {
		for (int64_t at = 0; at < rows.length; at += NDK_CHUNK) {
			int64_t left = rows.length - at;
			size_t n = left < NDK_CHUNK ? (size_t)left : NDK_CHUNK;

			*count += count_ones(ndk_row_as(NDK_BOOL, mask->type,
							rows.at[0] + at * rows.step[0],
							rows.step[0], n, &buffer),
					     n);
		}
	} while (ndk_rows_next(&rows));
	return NDK_OK;
}

enum ndk_status ndk_compress(const struct ndk_view *out, const struct ndk_view *in,
			     const struct ndk_view *mask)
{
	const struct ndk_view *views[] = {in, mask};
	union ndk_chunk buffer;
	struct ndk_walk walk;
	int64_t count, length = in->ndim ? in->shape[in->ndim - 1] : 1;
	int64_t step = in->ndim ? in->stride[in->ndim - 1] : 0;
	int64_t mask_step = in->ndim ? mask->stride[in->ndim - 1] : 0;
	char *to = out->data;

	if (!ndk_same_shape(in, mask) || out->ndim != 1)
		return NDK_BAD_SHAPE;
	ndk_mask_count(mask, &count);
	if (count != out->shape[0])
		return NDK_BAD_SHAPE;
	if (count == 0)
		return NDK_OK;
	ndk_walk_begin(&walk, views, 2, in->ndim ? 1u << (in->ndim - 1) : 0);
	do {
		for (int64_t at = 0; at < length; at += NDK_CHUNK) {
			size_t n = length - at < NDK_CHUNK ? (size_t)(length - at) : NDK_CHUNK;
			const uint8_t *chosen =
				ndk_row_as(NDK_BOOL, mask->type, walk.at[1] + at * mask_step,
					   mask_step, n, &buffer);

			for (size_t i = 0; i < n; i++) {
				if (!chosen[i])
					continue;
				ndk_convert_row(out->type, to, 0, in->type,
						walk.at[0] + (at + (int64_t)i) * step, 0, 1);
				to += out->stride[0];
			}
		}
	} while (ndk_walk_next(&walk));
	return NDK_OK;
}
