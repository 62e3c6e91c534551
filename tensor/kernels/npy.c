/* SPDX-License-Identifier: MIT */
/*
 * NumPy's .npy format (NEP 1) over memory, see ndk.h.  What is read may come
 * from anyone: no size in it is used before it is checked.  Thread-safe.
 */
#include "ndk_internal.h"

#include <stdio.h>
#include <string.h>

static const uint8_t magic[] = {0x93, 'N', 'U', 'M', 'P', 'Y'};

/* The header's text: a Python dictionary of three entries. */
struct text {
	const char *at, *end;
};

static void skip_white(struct text *t)
{
	while (t->at < t->end && (*t->at == ' ' || *t->at == '\n' || *t->at == '\t'))
		t->at++;
}

static bool accept(struct text *t, char c)
{
	skip_white(t);
	if (t->at == t->end || *t->at != c)
		return false;
	t->at++;
	return true;
}

/* A quoted string of at most SIZE - 1 characters, without escapes. */
static bool read_string(struct text *t, char *buffer, size_t size)
{
	size_t length = 0;
	char quote;

	skip_white(t);
	if (t->at == t->end || (*t->at != '\'' && *t->at != '"'))
		return false;
	quote = *t->at++;
	while (t->at < t->end && *t->at != quote) {
		if (length + 1 == size || *t->at == '\\')
			return false;
		buffer[length++] = *t->at++;
	}
	buffer[length] = '\0';
	return accept(t, quote);
}

static bool read_word(struct text *t, const char *word)
{
	size_t length = strlen(word);

	skip_white(t);
	if ((size_t)(t->end - t->at) < length || memcmp(t->at, word, length) != 0)
		return false;
	t->at += length;
	return true;
}

static bool read_number(struct text *t, int64_t *number)
{
	const char *begin;

	skip_white(t);
	*number = 0;
	for (begin = t->at; t->at < t->end && *t->at >= '0' && *t->at <= '9'; t->at++)
		if (__builtin_mul_overflow(*number, 10, number) ||
		    __builtin_add_overflow(*number, *t->at - '0', number))
			return false;
	/* Python 2 wrote long integers with an L */
	if (t->at > begin && t->at < t->end && *t->at == 'L') {
		t->at++;
		return true;
	}
	return t->at > begin;
}

static enum ndk_status read_shape(struct text *t, struct ndk_npy *npy)
{
	bool comma = true;

	npy->ndim = 0;
	if (!accept(t, '('))
		return NDK_BAD_FORMAT;
	while (!accept(t, ')')) {
		int64_t length;

		if (!comma || !read_number(t, &length))
			return NDK_BAD_FORMAT;
		if (npy->ndim == NDK_MAX_DIMS)
			return NDK_BAD_SHAPE;
		npy->shape[npy->ndim++] = length;
		comma = accept(t, ',');
	}
	/* (3) would be a number, not a tuple */
	return npy->ndim == 1 && !comma ? NDK_BAD_FORMAT : NDK_OK;
}

/* What is stored, and the type to load it as. */
static const struct {
	char kind;
	uint8_t size;
	enum ndk_type type;
} stored[] = {
	{'f', 2, NDK_F16},  {'f', 4, NDK_F32}, {'f', 8, NDK_F64}, {'i', 1, NDK_I8},
	{'i', 2, NDK_I32},  {'i', 4, NDK_I32}, {'i', 8, NDK_I64}, {'u', 1, NDK_U8},
	{'u', 2, NDK_I32},  {'u', 4, NDK_I64}, {'u', 8, NDK_I64}, {'b', 1, NDK_BOOL},
	{'V', 2, NDK_BF16},
};

static enum ndk_status read_descr(struct text *t, struct ndk_npy *npy)
{
	const bool little = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__;
	char descr[32];
	int64_t size;
	struct text number;

	skip_white(t);
	if (t->at < t->end && *t->at == '[')
		return NDK_UNSUPPORTED; /* a structure */
	if (!read_string(t, descr, sizeof descr) || !strchr("<>|=", descr[0]) || !descr[0] ||
	    !descr[1])
		return NDK_BAD_FORMAT;
	number = (struct text){descr + 2, descr + strlen(descr)};
	if (!read_number(&number, &size))
		return descr[1] == 'O' ? NDK_UNSUPPORTED : NDK_BAD_FORMAT;
	if (number.at != number.end)
		return NDK_UNSUPPORTED; /* a date with its unit */
	for (size_t i = 0; i < sizeof stored / sizeof stored[0]; i++) {
		if (stored[i].kind != descr[1] || stored[i].size != size)
			continue;
		npy->kind = descr[1];
		npy->item_size = stored[i].size;
		npy->type = stored[i].type;
		npy->swapped = (descr[0] == '>' && little) || (descr[0] == '<' && !little);
		return NDK_OK;
	}
	return NDK_UNSUPPORTED;
}

static enum ndk_status read_dictionary(struct text *t, struct ndk_npy *npy)
{
	unsigned seen = 0, bit;
	bool comma = true;

	if (!accept(t, '{'))
		return NDK_BAD_FORMAT;
	while (!accept(t, '}')) {
		enum ndk_status status = NDK_OK;
		char key[16];

		if (!comma || !read_string(t, key, sizeof key) || !accept(t, ':'))
			return NDK_BAD_FORMAT;
		if (strcmp(key, "descr") == 0) {
			bit = 1;
			status = read_descr(t, npy);
		} else if (strcmp(key, "shape") == 0) {
			bit = 2;
			status = read_shape(t, npy);
		} else if (strcmp(key, "fortran_order") == 0) {
			bit = 4;
			npy->fortran = read_word(t, "True");
			if (!npy->fortran && !read_word(t, "False"))
				return NDK_BAD_FORMAT;
		} else {
			return NDK_BAD_FORMAT;
		}
		if (status)
			return status;
		if (seen & bit)
			return NDK_BAD_FORMAT;
		seen |= bit;
		comma = accept(t, ',');
	}
	skip_white(t);
	return seen == 7 && t->at == t->end ? NDK_OK : NDK_BAD_FORMAT;
}

enum ndk_status ndk_npy_read(const void *bytes, size_t size, struct ndk_npy *npy)
{
	const uint8_t *p = bytes;
	size_t begin, length, item, need, elements = 1;
	enum ndk_status status;
	struct text text;

	memset(npy, 0, sizeof *npy);
	if (size < 10 || memcmp(p, magic, sizeof magic) != 0)
		return NDK_BAD_FORMAT;
	if (p[6] < 1 || p[6] > 3 || p[7] != 0)
		return NDK_UNSUPPORTED;
	begin = p[6] == 1 ? 10 : 12;
	if (size < begin)
		return NDK_BAD_FORMAT;
	length = (size_t)p[8] | (size_t)p[9] << 8;
	if (p[6] > 1)
		length |= (size_t)p[10] << 16 | (size_t)p[11] << 24;
	if (length > size - begin)
		return NDK_BAD_FORMAT;
	text = (struct text){(const char *)p + begin, (const char *)p + begin + length};
	status = read_dictionary(&text, npy);
	if (status)
		return status;
	/* its type in memory may be wider than the one in the file */
	item = ndk_type_size(npy->type);
	item = item > npy->item_size ? item : npy->item_size;
	/* an axis of length 0 does not excuse others whose product overflows */
	for (int i = 0; i < npy->ndim; i++)
		if (npy->shape[i] &&
		    (__builtin_mul_overflow(elements, (size_t)npy->shape[i], &elements) ||
		     elements > PTRDIFF_MAX / item))
			return NDK_BAD_FORMAT;
	need = elements * npy->item_size;
	for (int i = 0; i < npy->ndim; i++)
		if (npy->shape[i] == 0)
			need = 0;
	if (need > size - begin - length)
		return NDK_BAD_FORMAT;
	npy->data = p + begin + length;
	npy->data_size = need;
	return NDK_OK;
}

static void swap_bytes(uint8_t *bytes, size_t size, size_t n)
{
	for (size_t i = 0; i < n; i++, bytes += size)
		for (size_t j = 0; j < size / 2; j++) {
			uint8_t kept = bytes[j];

			bytes[j] = bytes[size - 1 - j];
			bytes[size - 1 - j] = kept;
		}
}

/* N <= NDK_CHUNK stored elements, widened in place if there is no such type here. */
static enum ndk_status decode(const struct ndk_npy *npy, const uint8_t *from, size_t n,
			      union ndk_chunk *to, enum ndk_type *type)
{
	union ndk_chunk raw;

	memcpy(&raw, from, n * npy->item_size);
	if (npy->swapped)
		swap_bytes(raw.bytes, npy->item_size, n);
	*type = npy->type;
	if (npy->item_size == ndk_type_size(npy->type) && npy->kind != 'u') {
		*to = raw;
		return NDK_OK;
	}
	if (npy->kind == 'u' && npy->item_size == 1) {
		*to = raw;
		return NDK_OK;
	}
	*type = NDK_I64;
	for (size_t i = 0; i < n; i++) {
		int16_t i16;
		uint16_t u16;
		uint32_t u32;

		if (npy->kind == 'i') {
			memcpy(&i16, raw.bytes + 2 * i, 2);
			to->i64[i] = i16;
		} else if (npy->item_size == 2) {
			memcpy(&u16, raw.bytes + 2 * i, 2);
			to->i64[i] = u16;
		} else if (npy->item_size == 4) {
			memcpy(&u32, raw.bytes + 4 * i, 4);
			to->i64[i] = u32;
		} else {
			to->i64[i] = raw.i64[i];
			if (to->i64[i] < 0)
				return NDK_BAD_VALUE;
		}
	}
	return NDK_OK;
}

enum ndk_status ndk_npy_load(const struct ndk_npy *npy, const struct ndk_view *out)
{
	struct ndk_view in_order = *out;
	const struct ndk_view *views[] = {&in_order};
	const uint8_t *from = npy->data;
	union ndk_chunk buffer;
	struct ndk_walk walk;
	enum ndk_type type;
	int last = out->ndim - 1;
	int64_t length, step;

	if (out->ndim != npy->ndim)
		return NDK_BAD_SHAPE;
	for (int i = 0; i < out->ndim; i++) {
		if (out->shape[i] != npy->shape[i])
			return NDK_BAD_SHAPE;
		if (npy->fortran) {
			in_order.shape[i] = out->shape[last - i];
			in_order.stride[i] = out->stride[last - i];
		}
	}
	length = out->ndim ? in_order.shape[last] : 1;
	step = out->ndim ? in_order.stride[last] : 0;
	if (length == 0 || !ndk_walk_begin(&walk, views, 1, out->ndim ? 1u << last : 0))
		return NDK_OK;
	do {
		for (int64_t at = 0; at < length; at += NDK_CHUNK) {
			size_t n = length - at < NDK_CHUNK ? (size_t)(length - at) : NDK_CHUNK;
			enum ndk_status status = decode(npy, from, n, &buffer, &type);

			if (status)
				return status;
			ndk_convert_row(out->type, walk.at[0] + at * step, step, type, &buffer,
					(int64_t)ndk_type_size(type), n);
			from += n * npy->item_size;
		}
	} while (ndk_walk_next(&walk));
	return NDK_OK;
}

/* The header: padded so that the data begins at a multiple of 64. */
static size_t make_header(const struct ndk_view *view, char header[512])
{
	static const char *const descr[NDK_TYPE_COUNT] = {
		[NDK_F32] = "f4",  [NDK_F64] = "f8", [NDK_F16] = "f2",
		[NDK_BF16] = "V2", [NDK_I8] = "i1",  [NDK_U8] = "u1",
		[NDK_I32] = "i4",  [NDK_I64] = "i8", [NDK_BOOL] = "b1",
	};
	const bool little = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__;
	size_t size = ndk_type_size(view->type), length, padded;
	char order = size == 1 ? '|' : little ? '<' : '>';

	memcpy(header, magic, sizeof magic);
	header[6] = 1;
	header[7] = 0;
	length = 10 + (size_t)snprintf(header + 10, 400,
				       "{'descr': '%c%s', 'fortran_order': False, 'shape': (",
				       order, descr[view->type]);
	for (int i = 0; i < view->ndim; i++)
		length += (size_t)snprintf(header + length, 512 - length, "%s%lld", i ? ", " : "",
					   (long long)view->shape[i]);
	length += (size_t)snprintf(header + length, 512 - length, "%s), }",
				   view->ndim == 1 ? "," : "");
	padded = (length + 1 + 63) / 64 * 64;
	memset(header + length, ' ', padded - length);
	header[padded - 1] = '\n';
	header[8] = (char)((padded - 10) & 255);
	header[9] = (char)((padded - 10) >> 8);
	return padded;
}

size_t ndk_npy_size(const struct ndk_view *view)
{
	char header[512];

	return make_header(view, header) + (size_t)ndk_count(view) * ndk_type_size(view->type);
}

enum ndk_status ndk_npy_write(const struct ndk_view *view, const struct ndk_sink *sink)
{
	const struct ndk_view *views[] = {view};
	size_t size = ndk_type_size(view->type), filled = 0;
	int last = view->ndim - 1;
	int64_t length = view->ndim ? view->shape[last] : 1;
	int64_t step = view->ndim ? view->stride[last] : 0;
	union ndk_chunk buffer;
	struct ndk_walk walk;
	char header[512];

	if (sink->write(sink->context, header, make_header(view, header)) != 0)
		return NDK_STOPPED;
	if (ndk_count(view) == 0)
		return NDK_OK;
	if (view->type != NDK_BOOL && ndk_is_contiguous(view))
		return sink->write(sink->context, view->data, (size_t)ndk_count(view) * size) != 0
			       ? NDK_STOPPED
			       : NDK_OK;
	ndk_walk_begin(&walk, views, 1, view->ndim ? 1u << last : 0);
	do {
		for (int64_t at = 0; at < length;) {
			size_t room = NDK_CHUNK - filled;
			size_t n = (size_t)(length - at) < room ? (size_t)(length - at) : room;

			ndk_convert_row(view->type, buffer.bytes + filled * size, (int64_t)size,
					view->type, walk.at[0] + at * step, step, n);
			filled += n;
			at += (int64_t)n;
			if (filled < NDK_CHUNK)
				continue;
			if (sink->write(sink->context, &buffer, filled * size) != 0)
				return NDK_STOPPED;
			filled = 0;
		}
	} while (ndk_walk_next(&walk));
	if (filled && sink->write(sink->context, &buffer, filled * size) != 0)
		return NDK_STOPPED;
	return NDK_OK;
}
