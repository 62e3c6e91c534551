/* SPDX-License-Identifier: MIT */
/* What an array is: its properties, its name, its end. */
#include "internal.h"

#include <stdio.h>
#include <string.h>

size_t nd_dtype_size(nd_dtype dtype)
{
	return (unsigned)dtype <= ND_BOOL ? ndk_type_size((enum ndk_type)dtype) : 0;
}

const char *nd_dtype_name(nd_dtype dtype)
{
	return (unsigned)dtype <= ND_BOOL ? ndk_type_name((enum ndk_type)dtype) : "no type";
}

nd_dtype nd_promote(nd_dtype a, nd_dtype b)
{
	if ((unsigned)a > ND_BOOL || (unsigned)b > ND_BOOL)
		return a;
	return (nd_dtype)ndk_promote((enum ndk_type)a, (enum ndk_type)b);
}

nd_status nd_array_close(nd_array *handle)
{
	struct ndi_remains remains;
	struct ndi_array *array;
	bool stale = false, profiled;
	uint64_t started = 0;
	char path[512];
	int64_t bytes;
	nd_status status;

	NDI_SITE();
	if (!handle)
		return ND_OK;
	path[0] = '\0';
	profiled = NDI_UNLIKELY(__atomic_load_n(&ndi_profiling, __ATOMIC_RELAXED));
	if (profiled)
		started = ndi_now_ns();
	ndi_remains_begin(&remains);
	ndi_lock();
	array = ndi_find(&ndi_arrays, handle, &stale);
	if (array && !stale) {
		if (profiled && array->owner)
			ndi_manager_path_locked(array->owner, path, sizeof path);
		ndi_array_close_locked(array, &remains);
	}
	ndi_unlock();
	if (!array)
		return ndi_fail(ND_ERR_ARGUMENT, "array_close: this is no array");
	if (stale)
		return ND_OK;
	bytes = remains.bytes;
	status = ndi_remains_finish(&remains);
	if (profiled)
		ndi_profile_event("close", started, "", path, -bytes);
	return status;
}

bool nd_array_is_open(nd_array *handle)
{
	bool stale = false;

	return ndi_find(&ndi_arrays, handle, &stale) && !stale;
}

nd_status nd_array_set_name(nd_array *handle, const char *name)
{
	struct ndi_array *array;
	nd_status status;

	if (!name || !ndi_name_ok(name))
		return ndi_fail(ND_ERR_ARGUMENT, "array_set_name: a name has 1 to %d bytes",
				ND_NAME_MAX);
	ndi_lock();
	status = ndi_array_find("array_set_name", handle, &array);
	if (!status)
		memcpy(array->name, name, strlen(name) + 1);
	ndi_unlock();
	return status;
}

nd_status nd_array_name(nd_array *handle, char *buffer, size_t size)
{
	struct ndi_array *array;
	nd_status status;

	if (!buffer || !size)
		return ndi_fail(ND_ERR_ARGUMENT, "array_name: no buffer");
	ndi_lock();
	status = ndi_array_find("array_name", handle, &array);
	if (!status && array->name[0])
		snprintf(buffer, size, "%s", array->name);
	else if (!status)
		snprintf(buffer, size, "array-%u", array->object.index + 1);
	ndi_unlock();
	return status;
}

/* What the small questions below copy out of an array. */
struct properties {
	nd_manager *manager;
	struct ndk_view view;
	nd_device device;
};

static nd_status look(const char *operation, nd_array *handle, const void *target,
		      struct properties *out)
{
	struct ndi_array *array;
	nd_status status;

	if (!target)
		return ndi_fail(ND_ERR_ARGUMENT, "%s: nowhere to put the answer", operation);
	ndi_lock();
	status = ndi_array_find(operation, handle, &array);
	if (!status) {
		out->manager = array->owner ? ndi_manager_handle(array->owner) : NULL;
		out->view = array->view;
		out->device = array->storage->device;
	}
	ndi_unlock();
	return status;
}

nd_status nd_array_manager(nd_array *handle, nd_manager **manager)
{
	struct properties is;
	nd_status status = look("array_manager", handle, manager, &is);

	if (!status)
		*manager = is.manager;
	return status;
}

nd_status nd_array_dtype(nd_array *handle, nd_dtype *dtype)
{
	struct properties is;
	nd_status status = look("array_dtype", handle, dtype, &is);

	if (!status)
		*dtype = (nd_dtype)is.view.type;
	return status;
}

nd_status nd_array_shape(nd_array *handle, int *ndim, int64_t *shape)
{
	struct properties is;
	nd_status status = look("array_shape", handle, ndim, &is);

	if (status)
		return status;
	*ndim = is.view.ndim;
	if (shape && is.view.ndim)
		memcpy(shape, is.view.shape, (size_t)is.view.ndim * sizeof *shape);
	return ND_OK;
}

nd_status nd_array_strides(nd_array *handle, int64_t *strides)
{
	struct properties is;
	nd_status status = look("array_strides", handle, strides, &is);

	if (!status && is.view.ndim)
		memcpy(strides, is.view.stride, (size_t)is.view.ndim * sizeof *strides);
	return status;
}

nd_status nd_array_size(nd_array *handle, int64_t *elements)
{
	struct properties is;
	nd_status status = look("array_size", handle, elements, &is);

	if (!status)
		*elements = ndk_count(&is.view);
	return status;
}

nd_status nd_array_bytes(nd_array *handle, size_t *bytes)
{
	struct properties is;
	nd_status status = look("array_bytes", handle, bytes, &is);

	if (!status)
		*bytes = (size_t)ndk_count(&is.view) * ndk_type_size(is.view.type);
	return status;
}

nd_status nd_array_device(nd_array *handle, nd_device *device)
{
	struct properties is;
	nd_status status = look("array_device", handle, device, &is);

	if (!status)
		*device = is.device;
	return status;
}

nd_status nd_array_data(nd_array *handle, void **data)
{
	struct properties is;
	nd_status status = look("array_data", handle, data, &is);

	if (!status)
		*data = is.view.data;
	return status;
}
