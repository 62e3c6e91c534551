/* SPDX-License-Identifier: MIT */
/*
 * GPUs as devices of the runtime: contexts, memory and copies.  A device's
 * primary context, which is the one CUDA's runtime uses too, is retained when
 * the device is first used, and released when the process exits if no memory is
 * left on it: what is left then would vanish with it before anybody has seen it.
 */
#include "gpu.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct gpu {
	struct CUctx_st *context; /* atomically read; NULL before the first use */
	int device, multiprocessors;
	size_t in_use; /* atomically */
};

static struct gpu gpus[NDG_MAX_DEVICES];
static int gpu_count = -1; /* atomically; -1: not asked yet */
static pid_t opened_by;    /* a forked child cannot use its parent's contexts */
static pthread_mutex_t open_lock = PTHREAD_MUTEX_INITIALIZER;

nd_status ndg_failed(const char *operation, int index, const char *what, ndg_result result)
{
	const struct ndg_driver *driver = ndg_driver_loaded();
	const char *name = NULL;

	if (!driver || driver->error_name(result, &name) != NDG_SUCCESS || !name)
		name = "an unknown error";
	return ndi_fail(result == NDG_OUT_OF_MEMORY ? ND_ERR_MEMORY : ND_ERR_DEVICE,
			"%s: gpu(%d): %s: %s", operation, index, what, name);
}

static leakscope_scope_t own_scope;
static pthread_once_t own_once = PTHREAD_ONCE_INIT;

static void make_own_scope(void)
{
	own_scope = leakscope_scope_new(0, "leakscope-nd", LEAKSCOPE_USER);
}

void ndg_own_begin(void)
{
	if (!ndi_traced)
		return;
	pthread_once(&own_once, make_own_scope);
	leakscope_scope_enter(own_scope);
}

void ndg_own_end(void)
{
	if (ndi_traced)
		leakscope_scope_leave(own_scope);
}

static int count(const char **why)
{
	const char *reason = "no device";
	const struct ndg_driver *driver;
	int n = __atomic_load_n(&gpu_count, __ATOMIC_ACQUIRE);

	if (n < 0) {
		driver = ndg_driver(&reason);
		n = 0;
		if (driver) {
			reason = "no device";
			if (driver->device_count(&n) != NDG_SUCCESS)
				n = 0;
			if (n > NDG_MAX_DEVICES)
				n = NDG_MAX_DEVICES;
		}
		__atomic_store_n(&gpu_count, n, __ATOMIC_RELEASE);
	} else if (!n) {
		driver = ndg_driver(&reason);
		if (driver)
			reason = "no device";
	}
	if (why)
		*why = reason;
	return n;
}

static int count_used(void)
{
	int n = __atomic_load_n(&gpu_count, __ATOMIC_ACQUIRE);

	return n > 0 ? n : 0;
}

static size_t in_use(int index)
{
	return __atomic_load_n(&gpus[index].in_use, __ATOMIC_RELAXED);
}

static void close_all(void)
{
	const struct ndg_driver *driver = ndg_driver_loaded();
	struct ndg_use use;

	if (!driver || getpid() != opened_by)
		return;
	for (int i = 0; i < count_used(); i++) {
		if (!__atomic_load_n(&gpus[i].context, __ATOMIC_ACQUIRE) ||
		    ndg_enter(&use, "exit", i) != ND_OK)
			continue;
		ndg_cublas_close(i);
		ndg_unload(driver, i);
		ndg_leave(&use);
		if (in_use(i) == 0)
			driver->primary_release(gpus[i].device);
	}
}

/* Device INDEX's context, made by the first who asks. */
static nd_status open_gpu(const struct ndg_driver *driver, const char *operation, int index)
{
	static bool at_exit;
	struct gpu *gpu = &gpus[index];
	struct CUctx_st *context = NULL;
	const char *what = "cuDeviceGet";
	ndg_result result = NDG_SUCCESS;

	pthread_mutex_lock(&open_lock);
	if (!gpu->context) {
		result = driver->device_get(&gpu->device, index);
		if (result == NDG_SUCCESS) {
			what = "cuDevicePrimaryCtxRetain";
			ndg_own_begin();
			result = driver->primary_retain(&context, gpu->device);
			ndg_own_end();
		}
		if (result == NDG_SUCCESS) {
			if (driver->device_attribute(&gpu->multiprocessors, NDG_MULTIPROCESSORS,
						     gpu->device) != NDG_SUCCESS ||
			    gpu->multiprocessors < 1)
				gpu->multiprocessors = 16;
			opened_by = getpid();
			if (!at_exit)
				at_exit = atexit(close_all) == 0;
			__atomic_store_n(&gpu->context, context, __ATOMIC_RELEASE);
		}
	}
	pthread_mutex_unlock(&open_lock);
	return result == NDG_SUCCESS ? ND_OK : ndg_failed(operation, index, what, result);
}

nd_status ndg_enter(struct ndg_use *use, const char *operation, int index)
{
	const struct ndg_driver *driver = ndg_driver_loaded();
	struct gpu *gpu = &gpus[index];
	struct CUctx_st *context, *current = NULL;
	ndg_result result;
	nd_status status;

	use->driver = driver;
	use->pushed = false;
	if (!driver) /* unreachable by way of ndi_device_find */
		return ndi_fail(ND_ERR_DEVICE, "%s: gpu(%d): no driver", operation, index);
	context = __atomic_load_n(&gpu->context, __ATOMIC_ACQUIRE);
	if (NDI_UNLIKELY(!context)) {
		if ((status = open_gpu(driver, operation, index)))
			return status;
		context = gpu->context;
	}
	if (driver->context_current(&current) == NDG_SUCCESS && current == context)
		return ND_OK;
	result = driver->context_push(context);
	if (result != NDG_SUCCESS)
		return ndg_failed(operation, index, "cuCtxPushCurrent", result);
	use->pushed = true;
	return ND_OK;
}

void ndg_leave(struct ndg_use *use)
{
	struct CUctx_st *popped;

	if (use->pushed)
		use->driver->context_pop(&popped);
}

int ndg_multiprocessors(int index)
{
	return gpus[index].multiprocessors ? gpus[index].multiprocessors : 16;
}

nd_status ndg_alloc(const char *operation, int index, size_t bytes, bool zeroed, void **block)
{
	struct ndg_use use;
	ndg_address address = 0;
	ndg_result result;
	nd_status status;

	*block = NULL;
	if (ndi_allocation_fails())
		return ndi_no_memory(operation, bytes);
	if ((status = ndg_enter(&use, operation, index)))
		return status;
	result = use.driver->mem_alloc(&address, bytes);
	if (result == NDG_OUT_OF_MEMORY)
		status = ndi_fail(ND_ERR_MEMORY,
				  "%s: no memory for %zu bytes on gpu(%d): cuMemAlloc: "
				  "CUDA_ERROR_OUT_OF_MEMORY",
				  operation, bytes, index);
	else if (result != NDG_SUCCESS)
		status = ndg_failed(operation, index, "cuMemAlloc", result);
	if (!status && zeroed) {
		result = use.driver->set_bytes(address, 0, bytes);
		if (result != NDG_SUCCESS) {
			status = ndg_failed(operation, index, "cuMemsetD8", result);
			use.driver->mem_free(address);
		}
	}
	if (!status) {
		__atomic_fetch_add(&gpus[index].in_use, bytes, __ATOMIC_RELAXED);
		*block = (void *)(uintptr_t)address;
	}
	ndg_leave(&use);
	return status;
}

static nd_status free_block(int index, void *block, size_t bytes)
{
	struct ndg_use use;
	ndg_result result;
	nd_status status = ndg_enter(&use, "free", index);

	if (status)
		return status;
	result = use.driver->mem_free((uintptr_t)block);
	ndg_leave(&use);
	/* While the process exits the driver may have gone before us, and the memory with it. */
	if (result != NDG_SUCCESS && result != NDG_DEINITIALIZED)
		return ndg_failed("free", index, "cuMemFree", result);
	__atomic_fetch_sub(&gpus[index].in_use, bytes, __ATOMIC_RELAXED);
	return ND_OK;
}

static nd_status copy_from_host(int index, void *to, const void *from, size_t bytes)
{
	struct ndg_use use;
	ndg_result result;
	nd_status status = ndg_enter(&use, "copy", index);

	if (status)
		return status;
	result = use.driver->copy_to_device((uintptr_t)to, from, bytes);
	ndg_leave(&use);
	return result == NDG_SUCCESS ? ND_OK : ndg_failed("copy", index, "cuMemcpyHtoD", result);
}

static nd_status copy_to_host(int index, void *to, const void *from, size_t bytes)
{
	struct ndg_use use;
	ndg_result result;
	nd_status status = ndg_enter(&use, "copy", index);

	if (status)
		return status;
	result = use.driver->copy_to_host(to, (uintptr_t)from, bytes);
	ndg_leave(&use);
	return result == NDG_SUCCESS ? ND_OK : ndg_failed("copy", index, "cuMemcpyDtoH", result);
}

static const struct ndi_device_kernels kernels = {
	.copy = ndg_copy,
	.copy_in = ndg_copy_in,
	.copy_out = ndg_copy_out,
	.fill = ndg_fill,
	.arange = ndg_arange,
	.arange_i64 = ndg_arange_i64,
	.binary = ndg_binary,
	.unary = ndg_unary,
	.compare = ndg_compare,
	.logical = ndg_logical,
	.test = ndg_test,
	.clip = ndg_clip,
	.where = ndg_where,
	.reduce = ndg_reduce,
	.softmax = ndg_softmax,
	.matmul = ndg_matmul,
};

const struct ndi_device_ops ndi_device_gpu = {
	.kernels = &kernels,
	.alloc = ndg_alloc,
	.free = free_block,
	.copy_from_host = copy_from_host,
	.copy_to_host = copy_to_host,
	.count = count,
	.count_used = count_used,
	.in_use = in_use,
};
