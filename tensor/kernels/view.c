/* SPDX-License-Identifier: MIT */
/* Types, shapes and the walks over views, see ndk.h and ndk_internal.h.  Thread-safe. */
#include "ndk_internal.h"

#include <string.h>


static const struct {
	uint8_t size;
	char name[5];
} types[NDK_TYPE_COUNT] = {
	[NDK_F32] = {4, "f32"},   [NDK_F64] = {8, "f64"}, [NDK_F16] = {2, "f16"},
	[NDK_BF16] = {2, "bf16"}, [NDK_I8] = {1, "i8"},   [NDK_U8] = {1, "u8"},
	[NDK_I32] = {4, "i32"},   [NDK_I64] = {8, "i64"}, [NDK_BOOL] = {1, "bool"},
};

size_t ndk_type_size(enum ndk_type type)
{
	return types[type].size;
}

const char *ndk_type_name(enum ndk_type type)
{
	return types[type].name;
}

const char *ndk_status_text(enum ndk_status status)
{
	switch (status) {
	case NDK_OK: return "done";
	case NDK_NO_MEMORY: return "out of memory";
	case NDK_BAD_TYPE: return "not defined for this type";
	case NDK_BAD_SHAPE: return "shapes do not fit";
	case NDK_BAD_INDEX: return "index out of range";
	case NDK_BAD_VALUE: return "argument out of range";
	case NDK_EMPTY: return "no elements";
	case NDK_BAD_FORMAT: return "malformed file";
	case NDK_UNSUPPORTED: return "not supported";
	case NDK_STOPPED: return "writing failed";
	}
	return "unknown status";
}

bool ndk_is_float(enum ndk_type type)
{
	return type == NDK_F32 || type == NDK_F64 || type == NDK_F16 || type == NDK_BF16;
}

enum ndk_type ndk_promote(enum ndk_type a, enum ndk_type b)
{
	enum ndk_type wide, narrow;

	if (a == b || b == NDK_BOOL)
		return a;
	if (a == NDK_BOOL)
		return b;
	if (ndk_is_float(a) && ndk_is_float(b))
		return a == NDK_F64 || b == NDK_F64 ? NDK_F64 : NDK_F32;
	if (!ndk_is_float(a) && !ndk_is_float(b)) {
		if (a == NDK_I64 || b == NDK_I64)
			return NDK_I64;
		/* i8 and u8 meet in i16, which there is not: the next is i32 */
		return NDK_I32;
	}
	wide = ndk_is_float(a) ? a : b;
	narrow = ndk_is_float(a) ? b : a;
	return types[narrow].size == 1 ? wide : NDK_F64;
}

int64_t ndk_count(const struct ndk_view *view)
{
	int64_t count = 1;

	for (int i = 0; i < view->ndim; i++)
		count *= view->shape[i];
	return count;
}

bool ndk_is_contiguous(const struct ndk_view *view)
{
	int64_t expected = types[view->type].size;

	for (int i = view->ndim - 1; i >= 0; i--) {
		if (view->shape[i] == 0)
			return true;
		if (view->shape[i] != 1 && view->stride[i] != expected)
			return false;
		expected *= view->shape[i];
	}
	return true;
}

void ndk_set_contiguous(struct ndk_view *view)
{
	int64_t stride = types[view->type].size;

	for (int i = view->ndim - 1; i >= 0; i--) {
		view->stride[i] = stride;
		stride *= view->shape[i];
	}
}

void ndk_view_contiguous(struct ndk_view *view, void *data, enum ndk_type type, int ndim,
			 const int64_t *shape)
{
	int64_t stride = types[type].size;

	view->data = data;
	view->type = type;
	view->ndim = ndim;
	for (int i = ndim - 1; i >= 0; i--) {
		view->shape[i] = shape[i];
		view->stride[i] = stride;
		stride *= shape[i];
	}
}

enum ndk_status ndk_broadcast_to(const struct ndk_view *view, int ndim, const int64_t *shape,
				 struct ndk_view *out)
{
	struct ndk_view result = {.data = view->data, .type = view->type, .ndim = ndim};
	int added = ndim - view->ndim;

	if (added < 0 || ndim > NDK_MAX_DIMS)
		return NDK_BAD_SHAPE;
	for (int i = 0; i < ndim; i++) {
		result.shape[i] = shape[i];
		if (i < added)
			continue;
		if (view->shape[i - added] == shape[i])
			result.stride[i] = view->stride[i - added];
		else if (view->shape[i - added] != 1)
			return NDK_BAD_SHAPE;
	}
	*out = result;
	return NDK_OK;
}

enum ndk_status ndk_broadcast_shape(const struct ndk_view *a, const struct ndk_view *b, int *ndim,
				    int64_t *shape)
{
	int n = a->ndim > b->ndim ? a->ndim : b->ndim;

	for (int i = 0; i < n; i++) {
		int ia = i - (n - a->ndim), ib = i - (n - b->ndim);
		int64_t x = ia < 0 ? 1 : a->shape[ia], y = ib < 0 ? 1 : b->shape[ib];

		if (x != y && x != 1 && y != 1)
			return NDK_BAD_SHAPE;
		shape[i] = x == 1 ? y : x;
	}
	*ndim = n;
	return NDK_OK;
}

static int64_t magnitude(int64_t value)
{
	return value < 0 ? -value : value;
}

/* Axis I goes outside axis J if its strides are longer: the first operand decides. */
static bool goes_outside(const struct ndk_rows *rows, int i, int j)
{
	for (int k = 0; k < rows->operands; k++) {
		int64_t x = magnitude(rows->stride[k][i]), y = magnitude(rows->stride[k][j]);

		if (x != y && x && y)
			return x > y;
	}
	return false;
}

static void swap_axes(struct ndk_rows *rows, int i, int j)
{
	int64_t kept = rows->shape[i];

	rows->shape[i] = rows->shape[j];
	rows->shape[j] = kept;
	for (int k = 0; k < rows->operands; k++) {
		kept = rows->stride[k][i];
		rows->stride[k][i] = rows->stride[k][j];
		rows->stride[k][j] = kept;
	}
}

static void order_axes(struct ndk_rows *rows)
{
	for (int i = 1; i < rows->ndim; i++)
		for (int j = i; j > 0 && goes_outside(rows, j, j - 1); j--)
			swap_axes(rows, j, j - 1);
}

/* Walk axes that the first operand has backwards the other way round. */
static void turn_axes(struct ndk_rows *rows)
{
	for (int i = 0; i < rows->ndim; i++) {
		if (rows->stride[0][i] >= 0)
			continue;
		for (int k = 0; k < rows->operands; k++) {
			rows->at[k] += rows->stride[k][i] * (rows->shape[i] - 1);
			rows->stride[k][i] = -rows->stride[k][i];
		}
	}
}

static bool joins(const struct ndk_rows *rows, int outer, int inner)
{
	for (int k = 0; k < rows->operands; k++)
		if (rows->stride[k][outer] != rows->stride[k][inner] * rows->shape[inner])
			return false;
	return true;
}

static void join_axes(struct ndk_rows *rows)
{
	int last = 0;

	for (int i = 1; i < rows->ndim; i++) {
		if (joins(rows, last, i)) {
			rows->shape[i] *= rows->shape[last];
		} else {
			last++;
		}
		rows->shape[last] = rows->shape[i];
		for (int k = 0; k < rows->operands; k++)
			rows->stride[k][last] = rows->stride[k][i];
	}
	rows->ndim = rows->ndim ? last + 1 : 0;
}

enum ndk_status ndk_rows_begin(struct ndk_rows *rows, const struct ndk_view *const *views,
			       int operands)
{
	const struct ndk_view *first = views[0];
	bool plain = true;

	rows->operands = operands;
	rows->ndim = 0;
	rows->length = 1;
	rows->empty = false;
	for (int k = 0; k < operands; k++) {
		if (k && !ndk_same_shape(first, views[k]))
			return NDK_BAD_SHAPE;
		plain = plain && ndk_is_contiguous(views[k]);
		rows->at[k] = views[k]->data;
		rows->step[k] = types[views[k]->type].size;
	}
	if (plain) { /* the common case, without the work below */
		rows->length = ndk_count(first);
		rows->empty = rows->length == 0;
		return NDK_OK;
	}
	for (int i = 0; i < first->ndim; i++) {
		if (first->shape[i] == 0)
			rows->empty = true;
		if (first->shape[i] == 1)
			continue;
		rows->shape[rows->ndim] = first->shape[i];
		for (int k = 0; k < operands; k++)
			rows->stride[k][rows->ndim] = views[k]->stride[i];
		rows->ndim++;
	}
	if (rows->empty)
		return NDK_OK;
	turn_axes(rows);
	order_axes(rows);
	join_axes(rows);
	if (rows->ndim) {
		rows->ndim--;
		rows->length = rows->shape[rows->ndim];
		for (int k = 0; k < operands; k++)
			rows->step[k] = rows->stride[k][rows->ndim];
	}
	memset(rows->index, 0, sizeof rows->index);
	return NDK_OK;
}

bool ndk_rows_next(struct ndk_rows *rows)
{
	for (int i = rows->ndim - 1; i >= 0; i--) {
		for (int k = 0; k < rows->operands; k++)
			rows->at[k] += rows->stride[k][i];
		if (++rows->index[i] < rows->shape[i])
			return true;
		for (int k = 0; k < rows->operands; k++)
			rows->at[k] -= rows->stride[k][i] * rows->shape[i];
		rows->index[i] = 0;
	}
	return false;
}

bool ndk_walk_begin(struct ndk_walk *walk, const struct ndk_view *const *views, int operands,
		    unsigned skip)
{
	bool any = true;

	walk->operands = operands;
	walk->ndim = 0;
	for (int k = 0; k < operands; k++)
		walk->at[k] = views[k]->data;
	for (int i = 0; i < views[0]->ndim; i++) {
		if (skip >> i & 1)
			continue;
		any = any && views[0]->shape[i] > 0;
		walk->index[walk->ndim] = 0;
		walk->shape[walk->ndim] = views[0]->shape[i];
		for (int k = 0; k < operands; k++)
			walk->stride[k][walk->ndim] = views[k]->stride[i];
		walk->ndim++;
	}
	return any;
}

bool ndk_walk_next(struct ndk_walk *walk)
{
	for (int i = walk->ndim - 1; i >= 0; i--) {
		for (int k = 0; k < walk->operands; k++)
			walk->at[k] += walk->stride[k][i];
		if (++walk->index[i] < walk->shape[i])
			return true;
		for (int k = 0; k < walk->operands; k++)
			walk->at[k] -= walk->stride[k][i] * walk->shape[i];
		walk->index[i] = 0;
	}
	return false;
}

double ndk_load_f64(enum ndk_type type, const void *element)
{
	double value;

	ndk_convert_row(NDK_F64, &value, 0, type, element, 0, 1);
	return value;
}

int64_t ndk_load_i64(enum ndk_type type, const void *element)
{
	int64_t value;

	ndk_convert_row(NDK_I64, &value, 0, type, element, 0, 1);
	return value;
}

void ndk_store_f64(enum ndk_type type, void *element, double value)
{
	ndk_convert_row(type, element, 0, NDK_F64, &value, 0, 1);
}

void ndk_store_i64(enum ndk_type type, void *element, int64_t value)
{
	ndk_convert_row(type, element, 0, NDK_I64, &value, 0, 1);
}
