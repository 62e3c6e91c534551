/* SPDX-License-Identifier: MIT */
/* Views as the kernels take them: axes joined where they lie one after the other. */
#include "gpu.h"

#include <string.h>

static void swap(int64_t *a, int64_t *b)
{
	int64_t kept = *a;

	*a = *b;
	*b = kept;
}

static void swap_axes(struct ndg_elementwise *e, int count, int a, int b)
{
	swap(&e->shape[a], &e->shape[b]);
	for (int k = 0; k < count; k++)
		swap(&e->on[k].stride[a], &e->on[k].stride[b]);
}

void ndg_plan(struct ndg_elementwise *e, const struct ndk_view *const *views, int count)
{
	const struct ndk_view *first = views[0];
	int last = 0;

	memset(e, 0, sizeof *e);
	e->count = ndk_count(first);
	for (int k = 0; k < count; k++) {
		e->on[k].data = views[k]->data;
		e->on[k].type = (int32_t)views[k]->type;
	}
	for (int i = 0; i < first->ndim; i++) {
		if (first->shape[i] == 1)
			continue;
		e->shape[e->ndim] = first->shape[i];
		for (int k = 0; k < count; k++)
			e->on[k].stride[e->ndim] = views[k]->stride[i];
		e->ndim++;
	}
	if (!e->ndim) {
		e->shape[0] = 1;
		e->ndim = 1;
		return;
	}
	/* What is written decides: its closest axis goes to neighbouring threads. */
	for (int i = 1; i < e->ndim; i++)
		for (int j = i; j > 0 && ndg_magnitude(e->on[0].stride[j]) >
						 ndg_magnitude(e->on[0].stride[j - 1]);
		     j--)
			swap_axes(e, count, j, j - 1);
	for (int i = 1; i < e->ndim; i++) {
		bool joined = true;

		for (int k = 0; k < count; k++)
			joined &= e->on[k].stride[last] == e->on[k].stride[i] * e->shape[i];
		if (joined)
			e->shape[last] *= e->shape[i];
		else
			e->shape[++last] = e->shape[i];
		for (int k = 0; k < count; k++)
			e->on[k].stride[last] = e->on[k].stride[i];
	}
	e->ndim = last + 1;
}

void ndg_join_axes(struct ndg_axes *axes, bool sorted)
{
	int last = 0;

	if (!axes->count) {
		axes->length[0] = 1;
		axes->in[0] = axes->out[0] = 0;
		axes->count = 1;
		return;
	}
	for (int i = 1; sorted && i < axes->count; i++)
		for (int j = i;
		     j > 0 && ndg_magnitude(axes->in[j]) > ndg_magnitude(axes->in[j - 1]); j--) {
			swap(&axes->length[j], &axes->length[j - 1]);
			swap(&axes->in[j], &axes->in[j - 1]);
			swap(&axes->out[j], &axes->out[j - 1]);
		}
	for (int i = 1; i < axes->count; i++) {
		if (axes->in[last] == axes->in[i] * axes->length[i] &&
		    axes->out[last] == axes->out[i] * axes->length[i])
			axes->length[last] *= axes->length[i];
		else
			axes->length[++last] = axes->length[i];
		axes->in[last] = axes->in[i];
		axes->out[last] = axes->out[i];
	}
	axes->count = last + 1;
}

static bool inside(const void *data, const void *block, size_t bytes)
{
	return block && (uintptr_t)data - (uintptr_t)block < bytes;
}

bool ndg_is_number(const struct ndi_call *call, const struct ndk_view *view)
{
	for (int i = 0; i < view->ndim; i++) {
		if (view->stride[i] && view->shape[i] > 1)
			return false;
	}
	for (size_t i = 0; i < call->inputs; i++) {
		if (inside(view->data, call->in[i].storage->block, call->in[i].storage->bytes))
			return false;
	}
	for (int i = 0; i < call->outputs; i++) {
		if (inside(view->data, call->out[i].block, call->out[i].bytes))
			return false;
	}
	return view->data != call->work;
}

void ndg_number(struct ndg_operand *operand, enum ndk_type type, const struct ndk_view *view)
{
	struct ndk_view from = {.data = view->data, .type = view->type};
	uint64_t element = 0;
	struct ndk_view to = {.data = &element, .type = type};

	ndk_copy(&to, &from);
	operand->data = NULL;
	if (ndk_is_float(type))
		operand->number.real = ndk_load_f64(type, &element);
	else
		operand->number.whole = ndk_load_i64(type, &element);
}

enum ndg_kernel ndg_kernel_for(enum ndg_kernel f32, enum ndk_type type)
{
	return f32 + (!ndk_is_float(type) ? 2 : type == NDK_F64 ? 1 : 0);
}
