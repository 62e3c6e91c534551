/* SPDX-License-Identifier: MIT */
/*
 * One operation from its operands to its results: operands are pinned under the
 * lock, the kernel runs without it, results are published under it.  Also the
 * checks of shapes and axes that every operation makes.
 */
#include "device.h"

#include <stdio.h>
#include <string.h>

_Static_assert((int)ND_BOOL == (int)NDK_BOOL && (int)ND_F32 == (int)NDK_F32 &&
		       (int)ND_I64 == (int)NDK_I64 && ND_MAX_DIMS == NDK_MAX_DIMS,
	       "the interface's types are the kernels'");

/* The results' home: MANAGER, or nobody with TAG; it must admit an array. */
static nd_status set_home(struct ndi_call *call, struct ndi_manager *manager, leakscope_scope_t tag)
{
	call->has_home = true;
	call->home = manager ? ndi_manager_handle(manager) : NULL;
	call->manager = manager;
	call->tag = tag;
	return manager ? ndi_manager_admits(call->operation, manager) : ND_OK;
}

static void start(struct ndi_call *call, const char *operation)
{
	call->operation = operation;
	call->inputs = 0;
	call->in = call->few;
	call->outputs = 0;
	call->has_home = false;
	call->home = NULL;
	call->manager = NULL;
	call->tag = 0;
	call->ops = NULL;
	call->work = NULL;
	call->started =
		NDI_UNLIKELY(__atomic_load_n(&ndi_profiling, __ATOMIC_RELAXED)) ? ndi_now_ns() : 0;
}

static void let_go_locked(struct ndi_call *call, struct ndi_remains *remains)
{
	size_t i;

	for (i = 0; i < call->inputs; i++)
		ndi_storage_unpin_locked(call->in[i].storage, remains);
	call->inputs = 0;
}

nd_status ndi_call_begin(struct ndi_call *call, const char *operation, nd_array *const *arrays,
			 size_t count, bool result)
{
	struct ndi_remains remains;
	nd_status status = ND_OK;
	size_t i;

	start(call, operation);
	if (count > NDI_CALL_INPUTS) {
		call->in = ndi_alloc(count * sizeof *call->in);
		if (!call->in)
			return ndi_no_memory(operation, count * sizeof *call->in);
	}
	ndi_remains_begin(&remains);
	ndi_lock();
	for (i = 0; i < count; i++) {
		struct ndi_array *array;

		if ((status = ndi_array_find(operation, arrays[i], &array)))
			break;
		if (i == 0) {
			call->device = array->storage->device;
			call->ops = array->storage->ops;
			if (result && (status = set_home(call, array->owner, array->tag)))
				break;
		} else if (array->storage->device.kind != call->device.kind ||
			   array->storage->device.index != call->device.index) {
			status = ndi_fail(ND_ERR_DEVICE, "%s: its arrays are on different devices",
					  operation);
			break;
		}
		array->storage->pins++;
		call->in[i].storage = array->storage;
		ndk_view_copy(&call->in[i].view, &array->view);
		call->inputs++;
	}
	if (status)
		let_go_locked(call, &remains);
	ndi_unlock();
	if (status) {
		if (call->in != call->few)
			ndi_release(call->in);
		ndi_remains_finish(&remains);
		return status;
	}
	if (call->has_home && call->home)
		ndi_manager_warned(operation, call->home);
	return ND_OK;
}

nd_status ndi_call_create(struct ndi_call *call, const char *operation, nd_manager *handle)
{
	struct ndi_manager *manager;
	bool stale = false;
	nd_status status;

	start(call, operation);
	/* A peek, good for most: publishing looks again, under the lock. */
	manager = ndi_manager_peek(handle, &stale);
	if (manager && !stale && !__atomic_load_n(&manager->capped, __ATOMIC_RELAXED)) {
		uint64_t bits = __atomic_load_n(&manager->device_bits, __ATOMIC_RELAXED);

		call->device = (nd_device){(nd_device_kind)(bits >> 32), (int)(uint32_t)bits};
		call->has_home = true;
		call->home = handle;
		call->manager = manager;
		if (NDI_UNLIKELY(ndi_traced))
			call->tag = __atomic_load_n(&manager->scope, __ATOMIC_RELAXED);
		if (NDI_UNLIKELY(__atomic_load_n(&manager->warns, __ATOMIC_RELAXED)))
			ndi_manager_warned(operation, handle);
		return ND_OK;
	}
	ndi_lock();
	status = ndi_manager_find(operation, handle, &manager);
	if (!status) {
		call->device = manager->device;
		status = set_home(call, manager, manager->scope);
	}
	ndi_unlock();
	if (!status)
		ndi_manager_warned(operation, handle);
	return status;
}

/* In the home's scope, so that its figures count the allocation, not only what is live. */
static nd_status alloc_tagged(const struct ndi_call *call, size_t bytes, bool zeroed, void **block)
{
	bool inside = NDI_UNLIKELY(ndi_traced) && call->tag;
	nd_status status;

	if (inside)
		leakscope_scope_enter(call->tag);
	status = call->ops->alloc(call->operation, call->device.index, bytes, zeroed, block);
	if (inside)
		leakscope_scope_leave(call->tag);
	return status;
}

nd_status ndi_call_output_checked(struct ndi_call *call, nd_array **target, enum ndk_type type,
				  int ndim, const int64_t *shape, size_t bytes, bool zeroed)
{
	struct ndi_output *out = &call->out[call->outputs];
	nd_status status;

	*target = NULL;
	if ((status = ndi_device_find(call->operation, call->device, &call->ops)))
		return status;
	out->target = target;
	out->shares = NULL;
	out->block = NULL;
	out->bytes = bytes;
	if (bytes) {
		status = alloc_tagged(call, bytes, zeroed, &out->block);
		if (status)
			return status;
	}
	/* An empty array has an address too, which nobody reads. */
	ndk_view_contiguous(&out->view, out->block ? out->block : (void *)call, type, ndim, shape);
	call->outputs++;
	return ND_OK;
}

nd_status ndi_call_output(struct ndi_call *call, nd_array **target, enum ndk_type type, int ndim,
			  const int64_t *shape, bool zeroed)
{
	int64_t elements;
	size_t bytes;
	nd_status status =
		ndi_check_shape(call->operation, (nd_dtype)type, ndim, shape, &elements, &bytes);

	*target = NULL;
	if (status)
		return status;
	return ndi_call_output_checked(call, target, type, ndim, shape, bytes, zeroed);
}

void ndi_call_view(struct ndi_call *call, nd_array **target, size_t input,
		   const struct ndk_view *view)
{
	struct ndi_output *out = &call->out[call->outputs++];

	*target = NULL;
	out->target = target;
	out->block = NULL;
	out->bytes = 0;
	out->shares = call->in[input].storage;
	ndk_view_copy(&out->view, view);
}

static void drop_blocks(struct ndi_call *call)
{
	int i;

	for (i = 0; i < call->outputs; i++) {
		struct ndi_output *out = &call->out[i];

		if (out->block)
			call->ops->free(call->device.index, out->block, out->bytes);
		out->block = NULL;
	}
}

/* The array and, unless it shares, the storage for OUT; NULL: no memory. */
static struct ndi_array *make_array(struct ndi_call *call, struct ndi_output *out)
{
	static char nothing; /* what an empty array's address is */
	struct ndi_array *array = ndi_table_take(&ndi_arrays);
	struct ndi_storage *storage = (struct ndi_storage *)(uintptr_t)out->shares;

	if (array && !storage) {
		storage = ndi_table_take(&ndi_storages);
		if (storage) {
			storage->arrays = NULL;
			storage->pins = 0;
			storage->bytes = out->bytes;
			storage->block = out->block;
			storage->device = call->device;
			storage->ops = call->ops;
			ndi_storage_blocks += storage->block != NULL;
		}
	}
	if (!array || !storage) {
		if (array)
			ndi_table_put(&ndi_arrays, array);
		return NULL;
	}
	array->node.kind = NDI_ARRAY;
	array->storage = storage;
	array->loans = NULL;
	array->name[0] = '\0';
	array->created = ndi_traced ? ndi_site : NULL;
	array->closed = NULL;
	ndk_view_copy(&array->view, &out->view);
	if (!out->shares && !out->block)
		array->view.data = &nothing;
	/* Behind the first, which accounts for the storage. */
	array->share_prev = NULL;
	array->share_next = NULL;
	if (!storage->arrays) {
		storage->arrays = array;
	} else {
		array->share_prev = storage->arrays;
		array->share_next = storage->arrays->share_next;
		if (array->share_next)
			array->share_next->share_prev = array;
		storage->arrays->share_next = array;
	}
	array->tag = call->tag;
	return array;
}

static nd_status publish_locked(struct ndi_call *call, struct ndi_remains *remains)
{
	struct ndi_array *arrays[NDI_CALL_OUTPUTS];
	struct ndi_manager *owner = NULL;
	nd_status status;
	int i;

	if (call->home) {
		owner = call->manager;
		/* Closed since, or another by now: the failure that says so. */
		if (NDI_UNLIKELY(!owner->object.open || ndi_manager_handle(owner) != call->home) &&
		    (status = ndi_manager_find(call->operation, call->home, &owner)))
			return status;
		if ((status = ndi_manager_admits(call->operation, owner)))
			return status;
	}
	for (i = 0; i < call->outputs; i++) {
		arrays[i] = make_array(call, &call->out[i]);
		if (!arrays[i])
			break;
		ndi_array_place_locked(arrays[i], owner);
		ndi_scope_register_locked(arrays[i]);
	}
	if (i < call->outputs) {
		while (i-- > 0) {
			call->out[i].block = NULL; /* its storage goes with the array */
			ndi_array_close_locked(arrays[i], remains);
		}
		return ndi_no_memory(call->operation, sizeof(struct ndi_array));
	}
	for (i = 0; i < call->outputs; i++)
		*call->out[i].target = ndi_array_handle(arrays[i]);
	return ND_OK;
}

/* The event of a call that is being profiled; locked for the path only. */
static void profile(struct ndi_call *call, struct ndi_text *shapes, const char *path)
{
	int64_t bytes = 0;
	int i;

	for (i = 0; i < call->outputs; i++)
		bytes += (int64_t)call->out[i].bytes;
	ndi_profile_event(call->operation, call->started, shapes->bytes ? shapes->bytes : "", path,
			  bytes);
	ndi_release(shapes->bytes);
}

static void add_shape(struct ndi_text *text, const struct ndk_view *view)
{
	char shape[NDI_SHAPE_TEXT];

	ndi_text_add(text, "%s%s%s", text->length ? " " : "",
		     ndi_shape_text(view->ndim, view->shape, shape), ndk_type_name(view->type));
}

/* PATH: SIZE bytes for the path of the results' manager, if it is wanted. */
static nd_status end(struct ndi_call *call, nd_status status, char *path, size_t size)
{
	struct ndi_remains remains;

	ndi_remains_begin(&remains);
	if (call->inputs || (status == ND_OK && call->outputs)) {
		ndi_lock();
		if (path && call->home && nd_manager_is_open(call->home)) {
			struct ndi_manager *manager;

			if (!ndi_manager_find(call->operation, call->home, &manager))
				ndi_manager_path_locked(manager, path, size);
		}
		if (status == ND_OK && call->outputs)
			status = publish_locked(call, &remains);
		let_go_locked(call, &remains);
		ndi_unlock();
	}
	if (call->in != call->few)
		ndi_release(call->in);
	if (NDI_UNLIKELY(status != ND_OK))
		drop_blocks(call);
	ndi_remains_finish(&remains);
	return status;
}

static __attribute__((cold, noinline)) nd_status end_profiled(struct ndi_call *call,
							      nd_status status)
{
	struct ndi_text shapes = {NULL, 0, 0, false};
	char path[512] = "";
	size_t i;

	for (i = 0; i < call->inputs; i++)
		add_shape(&shapes, &call->in[i].view);
	for (i = 0; !call->inputs && i < (size_t)call->outputs; i++)
		add_shape(&shapes, &call->out[i].view);
	status = end(call, status, path, sizeof path);
	if (status == ND_OK)
		profile(call, &shapes, path);
	else
		ndi_release(shapes.bytes);
	return status;
}

nd_status ndi_call_end(struct ndi_call *call, nd_status status)
{
	return NDI_UNLIKELY(call->started) ? end_profiled(call, status)
					   : end(call, status, NULL, 0);
}

nd_status ndi_call_kernel(const struct ndi_call *call, enum ndk_status answer)
{
	struct ndi_text text = {NULL, 0, 0, false};
	nd_status status;
	size_t i;

	switch (answer) {
	case NDK_OK: return ND_OK;
	case NDK_NO_MEMORY:
		return ndi_fail(ND_ERR_MEMORY, "%s: no memory to work in", call->operation);
	case NDK_BAD_TYPE: status = ND_ERR_TYPE; break;
	case NDK_EMPTY:
	case NDK_BAD_SHAPE: status = ND_ERR_SHAPE; break;
	case NDK_BAD_INDEX: status = ND_ERR_INDEX; break;
	case NDK_BAD_FORMAT: status = ND_ERR_FORMAT; break;
	case NDK_UNSUPPORTED: status = ND_ERR_UNSUPPORTED; break;
	case NDK_STOPPED: status = ND_ERR_IO; break;
	default: status = ND_ERR_ARGUMENT; break;
	}
	for (i = 0; i < call->inputs; i++)
		add_shape(&text, &call->in[i].view);
	ndi_say("%s: %s: %s", call->operation, text.bytes ? text.bytes : "",
		ndk_status_text(answer));
	ndi_release(text.bytes);
	return status;
}

nd_status ndi_axis(const char *operation, int ndim, int axis, int *out)
{
	if (axis < -ndim || axis >= ndim)
		return ndi_fail(ND_ERR_SHAPE, "%s: axis %d is outside an array of %d dimensions",
				operation, axis, ndim);
	*out = axis < 0 ? axis + ndim : axis;
	return ND_OK;
}

nd_status ndi_axes(const char *operation, int ndim, int count, const int *axes, unsigned *mask)
{
	int i, axis = 0;

	*mask = (1U << ndim) - 1;
	if (count == 0)
		return ND_OK;
	if (count < 0 || !axes)
		return ndi_fail(ND_ERR_ARGUMENT, "%s: no axes given", operation);
	*mask = 0;
	for (i = 0; i < count; i++) {
		nd_status status = ndi_axis(operation, ndim, axes[i], &axis);

		if (status)
			return status;
		if (*mask & 1U << axis)
			return ndi_fail(ND_ERR_SHAPE, "%s: axis %d is given twice", operation,
					axes[i]);
		*mask |= 1U << axis;
	}
	return ND_OK;
}

/* Why a shape is refused.  By itself: its text would cost every call its place on the stack. */
static __attribute__((cold, noinline)) nd_status bad_shape(const char *operation, nd_dtype dtype,
							   int ndim, const int64_t *shape, int axis)
{
	char text[NDI_SHAPE_TEXT];

	if ((unsigned)dtype > ND_BOOL)
		return ndi_fail(ND_ERR_TYPE, "%s: there is no type %d", operation, (int)dtype);
	if (ndim < 0 || ndim > ND_MAX_DIMS)
		return ndi_fail(ND_ERR_SHAPE, "%s: %d dimensions; 0 to %d are possible", operation,
				ndim, ND_MAX_DIMS);
	if (!shape)
		return ndi_fail(ND_ERR_ARGUMENT, "%s: no shape given", operation);
	ndi_shape_text(ndim, shape, text);
	if (shape[axis] < 0)
		return ndi_fail(ND_ERR_SHAPE, "%s: shape %s: %lld is negative", operation, text,
				(long long)shape[axis]);
	return ndi_fail(ND_ERR_SHAPE, "%s: shape %s is too large", operation, text);
}

nd_status ndi_check_shape(const char *operation, nd_dtype dtype, int ndim, const int64_t *shape,
			  int64_t *count, size_t *bytes)
{
	int64_t elements = 1, total, size;
	bool empty = false;
	int i;

	if ((unsigned)dtype > ND_BOOL || ndim < 0 || ndim > ND_MAX_DIMS || (ndim && !shape))
		return bad_shape(operation, dtype, ndim, shape, 0);
	size = (int64_t)ndk_type_size((enum ndk_type)dtype);
	for (i = 0; i < ndim; i++) {
		empty |= shape[i] == 0;
		/* An empty array's other lengths count too: strides are products of them. */
		if (shape[i] < 0 ||
		    __builtin_mul_overflow(elements, shape[i] ? shape[i] : 1, &elements) ||
		    __builtin_mul_overflow(elements, size, &total))
			return bad_shape(operation, dtype, ndim, shape, i);
	}
	*count = empty ? 0 : elements;
	*bytes = (size_t)(*count * size);
	return ND_OK;
}
