/* SPDX-License-Identifier: MIT */
/* Modules and kernels of each device, loaded when first used; launching.  Any thread. */
#include "gpu.h"

#include <pthread.h>

/* Blocks for each multiprocessor at most: kernels go through the rest in steps. */
#define BLOCKS_EACH 32

static const struct {
	const char *name;
	enum ndg_module module;
} kernels[NDG_KERNELS] = {
#define NDG_KERNEL(module, name, argument, synchronises) {"nd_" #name, NDG_M_##module},
#include "kernels/list.h"
#undef NDG_KERNEL
};

static struct CUmod_st *modules[NDG_MAX_DEVICES][NDG_MODULES];
static struct CUfunc_st *functions[NDG_MAX_DEVICES][NDG_KERNELS]; /* atomically read */
static pthread_mutex_t load_lock = PTHREAD_MUTEX_INITIALIZER;

/* KERNEL on device INDEX, whose context is current. */
static nd_status find(const struct ndg_driver *driver, const char *operation, int index,
		      enum ndg_kernel kernel, struct CUfunc_st **out)
{
	enum ndg_module module = kernels[kernel].module;
	const char *what = "cuModuleLoadData";
	ndg_result result = NDG_SUCCESS;

	*out = __atomic_load_n(&functions[index][kernel], __ATOMIC_ACQUIRE);
	if (*out)
		return ND_OK;
	pthread_mutex_lock(&load_lock);
	if (!modules[index][module]) {
		ndg_own_begin();
		result = driver->module_load(&modules[index][module], ndg_ptx[module]);
		ndg_own_end();
	}
	if (result != NDG_SUCCESS)
		modules[index][module] = NULL;
	if (result == NDG_SUCCESS) {
		what = "cuModuleGetFunction";
		result = driver->module_function(out, modules[index][module], kernels[kernel].name);
	}
	if (result == NDG_SUCCESS)
		__atomic_store_n(&functions[index][kernel], *out, __ATOMIC_RELEASE);
	pthread_mutex_unlock(&load_lock);
	return result == NDG_SUCCESS ? ND_OK : ndg_failed(operation, index, what, result);
}

nd_status ndg_launch(const char *operation, int index, enum ndg_kernel kernel, int64_t blocks,
		     const void *argument)
{
	void *parameters[] = {(void *)(uintptr_t)argument};
	struct CUfunc_st *function;
	struct ndg_use use;
	ndg_result result;
	int64_t most;
	nd_status status = ndg_enter(&use, operation, index);

	if (status)
		return status;
	most = (int64_t)ndg_multiprocessors(index) * BLOCKS_EACH;
	status = find(use.driver, operation, index, kernel, &function);
	if (!status) {
		result = use.driver->launch(function, (unsigned)(blocks < most ? blocks : most), 1,
					    1, NDG_THREADS, 1, 1, 0, NULL, parameters, NULL);
		if (result != NDG_SUCCESS)
			status = ndg_failed(operation, index, "cuLaunchKernel", result);
	}
	ndg_leave(&use);
	return status;
}

nd_status ndg_launch_each(const char *operation, int index, enum ndg_kernel kernel, int64_t count,
			  const void *argument)
{
	return ndg_launch(operation, index, kernel, (count - 1) / NDG_THREADS + 1, argument);
}

void ndg_unload(const struct ndg_driver *driver, int index)
{
	pthread_mutex_lock(&load_lock);
	for (int i = 0; i < NDG_KERNELS; i++)
		__atomic_store_n(&functions[index][i], NULL, __ATOMIC_RELAXED);
	for (int i = 0; i < NDG_MODULES; i++) {
		if (modules[index][i])
			driver->module_unload(modules[index][i]);
		modules[index][i] = NULL;
	}
	pthread_mutex_unlock(&load_lock);
}
