/* SPDX-License-Identifier: MIT */
/* Ranges and the identity, see ndk.h.  Thread-safe. */
#include "ndk_internal.h"

#include <math.h>

static size_t chunk_of(int64_t left)
{
	return left < NDK_CHUNK ? (size_t)left : NDK_CHUNK;
}

enum ndk_status ndk_arange(const struct ndk_view *out, double start, double step)
{
	union ndk_chunk buffer;

	if (out->ndim != 1)
		return NDK_BAD_SHAPE;
	for (int64_t at = 0; at < out->shape[0]; at += NDK_CHUNK) {
		size_t n = chunk_of(out->shape[0] - at);

		for (size_t i = 0; i < n; i++)
			buffer.f64[i] = start + (double)(at + (int64_t)i) * step;
		ndk_convert_row(out->type, (char *)out->data + at * out->stride[0], out->stride[0],
				NDK_F64, &buffer, 8, n);
	}
	return NDK_OK;
}

enum ndk_status ndk_arange_i64(const struct ndk_view *out, int64_t start, int64_t step)
{
	union ndk_chunk buffer;

	if (out->ndim != 1)
		return NDK_BAD_SHAPE;
	for (int64_t at = 0; at < out->shape[0]; at += NDK_CHUNK) {
		size_t n = chunk_of(out->shape[0] - at);

		for (size_t i = 0; i < n; i++)
			buffer.i64[i] =
				(int64_t)((uint64_t)start + ((uint64_t)at + i) * (uint64_t)step);
		ndk_convert_row(out->type, (char *)out->data + at * out->stride[0], out->stride[0],
				NDK_I64, &buffer, 8, n);
	}
	return NDK_OK;
}

enum ndk_status ndk_arange_count(double start, double stop, double step, int64_t *count)
{
	double length = ceil((stop - start) / step);

	if (step == 0 || !(length < 0x1p62))
		return NDK_BAD_VALUE;
	*count = length > 0 ? (int64_t)length : 0;
	return NDK_OK;
}

enum ndk_status ndk_linspace(const struct ndk_view *out, double start, double stop, bool endpoint)
{
	union ndk_chunk buffer;
	int64_t count = out->shape[0], parts = endpoint ? count - 1 : count;
	double step = parts > 0 ? (stop - start) / (double)parts : 0;

	if (out->ndim != 1)
		return NDK_BAD_SHAPE;
	for (int64_t at = 0; at < count; at += NDK_CHUNK) {
		size_t n = chunk_of(count - at);

		for (size_t i = 0; i < n; i++) {
			double k = (double)(at + (int64_t)i);

			/* where the step vanishes, the fraction does not */
			buffer.f64[i] = step != 0   ? start + k * step
					: parts > 0 ? start + k / (double)parts * (stop - start)
						    : start;
		}
		if (endpoint && count > 1 && at + (int64_t)n == count)
			buffer.f64[n - 1] = stop;
		ndk_convert_row(out->type, (char *)out->data + at * out->stride[0], out->stride[0],
				NDK_F64, &buffer, 8, n);
	}
	return NDK_OK;
}

enum ndk_status ndk_eye(const struct ndk_view *out, int64_t diagonal)
{
	static const int64_t zero;
	int64_t row, column;

	if (out->ndim != 2)
		return NDK_BAD_SHAPE;
	ndk_fill(out, NDK_I64, &zero);
	if (diagonal >= out->shape[1] || diagonal <= -out->shape[0])
		return NDK_OK;
	row = diagonal < 0 ? -diagonal : 0;
	column = diagonal > 0 ? diagonal : 0;
	for (; row < out->shape[0] && column < out->shape[1]; row++, column++)
		ndk_store_i64(out->type,
			      (char *)out->data + row * out->stride[0] + column * out->stride[1],
			      1);
	return NDK_OK;
}
