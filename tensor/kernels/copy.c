/* SPDX-License-Identifier: MIT */
/* Copies and conversions, see ndk.h.  Thread-safe. */
#include "ndk_internal.h"

#include <string.h>

/* Same type: bytes move as they are.  The switch lets each loop have a fixed size. */
static void move_row(size_t size, char *to, int64_t to_stride, const char *from,
		     int64_t from_stride, size_t n)
{
	size_t i;

	if (to_stride == (int64_t)size && from_stride == (int64_t)size) {
		memmove(to, from, n * size);
		return;
	}
	switch (size) {
	case 1:
		for (i = 0; i < n; i++)
			to[(int64_t)i * to_stride] = from[(int64_t)i * from_stride];
		break;
	case 2:
		for (i = 0; i < n; i++)
			memcpy(to + (int64_t)i * to_stride, from + (int64_t)i * from_stride, 2);
		break;
	case 4:
		for (i = 0; i < n; i++)
			memcpy(to + (int64_t)i * to_stride, from + (int64_t)i * from_stride, 4);
		break;
	default:
		for (i = 0; i < n; i++)
			memcpy(to + (int64_t)i * to_stride, from + (int64_t)i * from_stride, 8);
		break;
	}
}

void ndk_convert_row(enum ndk_type to_type, void *to, int64_t to_stride, enum ndk_type from_type,
		     const void *from, int64_t from_stride, size_t n)
{
	/* bool is converted even to bool: its bytes may be others than 0 and 1 */
	if (to_type == from_type && to_type != NDK_BOOL)
		move_row(ndk_type_size(to_type), to, to_stride, from, from_stride, n);
	else
		ndk_loops()->convert[to_type][from_type](to, to_stride, from, from_stride, n);
}

const void *ndk_row_as(enum ndk_type as, enum ndk_type type, const void *from, int64_t stride,
		       size_t n, union ndk_chunk *buffer)
{
	int64_t size = (int64_t)ndk_type_size(as);

	if (as == type && as != NDK_BOOL && (stride == size || n == 1))
		return from;
	ndk_convert_row(as, buffer, size, type, from, stride, n);
	return buffer;
}

/*
 * Rows of OUT that are columns of IN (a transposition): tiles, so that each
 * cache line read serves all its elements.
 */
#define TILE 16
static bool copy_transposed(const struct ndk_rows *rows, enum ndk_type to, enum ndk_type from)
{
	int outer = rows->ndim - 1;
	int64_t size = (int64_t)ndk_type_size(from), i, j;

	if (rows->ndim != 1 || rows->stride[1][outer] != size || rows->step[1] == size ||
	    rows->length < TILE || rows->shape[outer] < TILE)
		return false;
	for (i = 0; i < rows->shape[outer]; i += TILE) {
		int64_t lines = rows->shape[outer] - i < TILE ? rows->shape[outer] - i : TILE;

		for (j = 0; j < rows->length; j += 4 * TILE) {
			int64_t n = rows->length - j < 4 * TILE ? rows->length - j : 4 * TILE;

			for (int64_t k = i; k < i + lines; k++)
				ndk_convert_row(to,
						rows->at[0] + k * rows->stride[0][outer] +
							j * rows->step[0],
						rows->step[0], from,
						rows->at[1] + k * rows->stride[1][outer] +
							j * rows->step[1],
						rows->step[1], (size_t)n);
		}
	}
	return true;
}

enum ndk_status ndk_copy(const struct ndk_view *out, const struct ndk_view *in)
{
	const struct ndk_view *views[] = {out, in};
	struct ndk_rows rows;
	enum ndk_status status = ndk_rows_begin(&rows, views, 2);

	if (status || rows.empty)
		return status;
	if (copy_transposed(&rows, out->type, in->type))
		return NDK_OK;
	do
		ndk_convert_row(out->type, rows.at[0], rows.step[0], in->type, rows.at[1],
				rows.step[1], (size_t)rows.length);
	while (ndk_rows_next(&rows));
	return NDK_OK;
}

enum ndk_status ndk_fill(const struct ndk_view *out, enum ndk_type type, const void *value)
{
	struct ndk_view one = *out;
	int64_t element; /* room for any type */

	/* converted once; the copy then only moves */
	ndk_convert_row(out->type, &element, 0, type, value, 0, 1);
	one.data = &element;
	memset(one.stride, 0, sizeof one.stride);
	return ndk_copy(out, &one);
}

/* The part of VIEW from BEGIN, LENGTH entries of AXIS. */
static struct ndk_view part_of(const struct ndk_view *view, int axis, int64_t begin, int64_t length)
{
	struct ndk_view part = *view;

	if (length && begin)
		part.data = (char *)part.data + begin * part.stride[axis];
	part.shape[axis] = length;
	return part;
}

/* WHOLE shares every axis with the COUNT parts, but AXIS, where theirs add up to it. */
static bool parts_fit(const struct ndk_view *whole, const struct ndk_view *parts, size_t count,
		      int axis)
{
	int64_t sum = 0;

	if (!ndk_axis_ok(whole, axis))
		return false;
	for (size_t i = 0; i < count; i++) {
		if (parts[i].ndim != whole->ndim)
			return false;
		for (int j = 0; j < whole->ndim; j++)
			if (j != axis && parts[i].shape[j] != whole->shape[j])
				return false;
		sum += parts[i].shape[axis];
	}
	return sum == whole->shape[axis];
}

enum ndk_status ndk_concat(const struct ndk_view *out, const struct ndk_view *inputs, size_t count,
			   int axis)
{
	int64_t at = 0;

	if (!parts_fit(out, inputs, count, axis))
		return NDK_BAD_SHAPE;
	for (size_t i = 0; i < count; i++) {
		struct ndk_view part = part_of(out, axis, at, inputs[i].shape[axis]);

		ndk_copy(&part, &inputs[i]);
		at += inputs[i].shape[axis];
	}
	return NDK_OK;
}

enum ndk_status ndk_split(const struct ndk_view *outputs, size_t count, const struct ndk_view *in,
			  int axis)
{
	int64_t at = 0;

	if (!parts_fit(in, outputs, count, axis))
		return NDK_BAD_SHAPE;
	for (size_t i = 0; i < count; i++) {
		struct ndk_view part = part_of(in, axis, at, outputs[i].shape[axis]);

		ndk_copy(&outputs[i], &part);
		at += outputs[i].shape[axis];
	}
	return NDK_OK;
}

enum ndk_status ndk_stack(const struct ndk_view *out, const struct ndk_view *inputs, size_t count,
			  int axis)
{
	if (!ndk_axis_ok(out, axis) || out->shape[axis] != (int64_t)count)
		return NDK_BAD_SHAPE;
	for (size_t i = 0; i < count; i++) {
		struct ndk_view layer = {
			.data = out->data, .type = out->type, .ndim = out->ndim - 1};

		for (int j = 0; j < layer.ndim; j++) {
			layer.shape[j] = out->shape[j < axis ? j : j + 1];
			layer.stride[j] = out->stride[j < axis ? j : j + 1];
		}
		if (!ndk_same_shape(&layer, &inputs[i]))
			return NDK_BAD_SHAPE;
		layer.data = (char *)layer.data + (int64_t)i * out->stride[axis];
		ndk_copy(&layer, &inputs[i]);
	}
	return NDK_OK;
}

/*
 * The first copy along each axis is made from IN, the others from what is
 * already there: axis by axis, last first, the filled part grows.
 */
enum ndk_status ndk_tile(const struct ndk_view *out, const struct ndk_view *in)
{
	struct ndk_view filled = *out;
	enum ndk_status status;

	if (out->ndim != in->ndim)
		return NDK_BAD_SHAPE;
	for (int i = 0; i < out->ndim; i++)
		if (in->shape[i] ? out->shape[i] % in->shape[i] : out->shape[i] != 0)
			return NDK_BAD_SHAPE;
	if (ndk_count(out) == 0)
		return NDK_OK;
	memcpy(filled.shape, in->shape, sizeof filled.shape);
	status = ndk_copy(&filled, in);
	for (int i = out->ndim - 1; i >= 0 && !status; i--) {
		struct ndk_view next = filled;

		for (int64_t at = in->shape[i]; at < out->shape[i] && !status; at += in->shape[i]) {
			next.data = (char *)filled.data + at * out->stride[i];
			status = ndk_copy(&next, &filled);
		}
		filled.shape[i] = out->shape[i];
	}
	return status;
}

enum ndk_status ndk_flip(const struct ndk_view *out, const struct ndk_view *in, unsigned axes)
{
	struct ndk_view turned = *in;

	if (!ndk_same_shape(out, in) || axes >> in->ndim)
		return NDK_BAD_SHAPE;
	if (ndk_count(in) == 0)
		return NDK_OK;
	for (int i = 0; i < in->ndim; i++) {
		if (!(axes >> i & 1))
			continue;
		turned.data = (char *)turned.data + turned.stride[i] * (turned.shape[i] - 1);
		turned.stride[i] = -turned.stride[i];
	}
	return ndk_copy(out, &turned);
}
