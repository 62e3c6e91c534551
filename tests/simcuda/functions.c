/* SPDX-License-Identifier: MIT */
/* What functions and kernels say of themselves. */
#include "sim.h"

static CUresult attribute(int *value, CUfunction_attribute what, const struct sim_object *f)
{
	if (!value || !f)
		return f ? CUDA_ERROR_INVALID_VALUE : CUDA_ERROR_INVALID_HANDLE;
	switch ((int)what) {
	case CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK: *value = 1024; break;
	case CU_FUNC_ATTRIBUTE_NUM_REGS: *value = 32; break;
	case CU_FUNC_ATTRIBUTE_PTX_VERSION:
	case CU_FUNC_ATTRIBUTE_BINARY_VERSION: *value = 80; break;
	case CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES:
		*value = f->function.shared ? f->function.shared : 48 << 10;
		break;
	default: *value = 0; break;
	}
	return CUDA_SUCCESS;
}

static CUresult set_attribute(CUfunction_attribute what, int value, struct sim_object *f)
{
	if (!f)
		return CUDA_ERROR_INVALID_HANDLE;
	if (what == CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES) {
		if (value < 0 || value > 100 << 10)
			return CUDA_ERROR_INVALID_VALUE;
		f->function.shared = value;
	}
	return CUDA_SUCCESS;
}

CUresult cuFuncGetAttribute(int *value, CUfunction_attribute what, CUfunction function)
{
	SIM_CALL(cuFuncGetAttribute);
	SIM_LOCKED;
	return attribute(value, what, sim_function(function));
}

CUresult cuFuncSetAttribute(CUfunction function, CUfunction_attribute what, int value)
{
	SIM_CALL(cuFuncSetAttribute);
	SIM_LOCKED;
	return set_attribute(what, value, sim_function(function));
}

CUresult cuKernelGetAttribute(int *value, CUfunction_attribute what, CUkernel kernel,
			      CUdevice device)
{
	SIM_CALL(cuKernelGetAttribute);
	(void)device;
	SIM_LOCKED;
	return attribute(value, what, sim_find(kernel, SIM_KERNEL));
}

CUresult cuKernelSetAttribute(CUfunction_attribute what, int value, CUkernel kernel,
			      CUdevice device)
{
	SIM_CALL(cuKernelSetAttribute);
	(void)device;
	SIM_LOCKED;
	return set_attribute(what, value, sim_find(kernel, SIM_KERNEL));
}

static CUresult exists(const void *handle, enum sim_kind kind)
{
	SIM_LOCKED;
	return (kind == SIM_FUNCTION ? sim_function((CUfunction)(uintptr_t)handle)
				     : sim_find(handle, kind))
		       ? CUDA_SUCCESS
		       : CUDA_ERROR_INVALID_HANDLE;
}

CUresult cuFuncSetCacheConfig(CUfunction function, CUfunc_cache config)
{
	SIM_CALL(cuFuncSetCacheConfig);
	(void)config;
	return exists(function, SIM_FUNCTION);
}

CUresult cuKernelSetCacheConfig(CUkernel kernel, CUfunc_cache config, CUdevice device)
{
	SIM_CALL(cuKernelSetCacheConfig);
	(void)config, (void)device;
	return exists(kernel, SIM_KERNEL);
}

CUresult cuFuncLoad(CUfunction function)
{
	SIM_CALL(cuFuncLoad);
	return exists(function, SIM_FUNCTION);
}

CUresult cuFuncIsLoaded(CUfunctionLoadingState *state, CUfunction function)
{
	SIM_CALL(cuFuncIsLoaded);
	if (!state)
		return CUDA_ERROR_INVALID_VALUE;
	*state = CU_FUNCTION_LOADING_STATE_LOADED;
	return exists(function, SIM_FUNCTION);
}

CUresult cuFuncGetModule(CUmodule *module, CUfunction function)
{
	SIM_CALL(cuFuncGetModule);
	SIM_LOCKED;
	const struct sim_object *f = sim_find(function, SIM_FUNCTION);
	if (!module || !f)
		return CUDA_ERROR_INVALID_VALUE;
	*module = (CUmodule)(void *)sim_at(f->function.owner);
	return CUDA_SUCCESS;
}

static CUresult name_of(const char **name, const struct sim_object *f)
{
	if (!name || !f)
		return CUDA_ERROR_INVALID_VALUE;
	*name = f->function.name;
	return CUDA_SUCCESS;
}

CUresult cuFuncGetName(const char **name, CUfunction function)
{
	SIM_CALL(cuFuncGetName);
	SIM_LOCKED;
	return name_of(name, sim_function(function));
}

CUresult cuKernelGetName(const char **name, CUkernel kernel)
{
	SIM_CALL(cuKernelGetName);
	SIM_LOCKED;
	return name_of(name, sim_find(kernel, SIM_KERNEL));
}

static CUresult parameter(const struct sim_object *f, size_t number, size_t *offset, size_t *size)
{
	if (!f || !offset)
		return CUDA_ERROR_INVALID_VALUE;
	const char *text = sim_function_text(f);
	uint32_t offsets[SIM_PARAMETERS], sizes[SIM_PARAMETERS];
	int count =
		text ? sim_ptx_entry(text, f->function.name, offsets, sizes, SIM_PARAMETERS) : 0;
	if (count < 0 || number >= (size_t)count)
		return CUDA_ERROR_INVALID_VALUE;
	*offset = offsets[number];
	if (size)
		*size = sizes[number];
	return CUDA_SUCCESS;
}

CUresult cuFuncGetParamInfo(CUfunction function, size_t number, size_t *offset, size_t *size)
{
	SIM_CALL(cuFuncGetParamInfo);
	SIM_LOCKED;
	return parameter(sim_function(function), number, offset, size);
}

CUresult cuKernelGetParamInfo(CUkernel kernel, size_t number, size_t *offset, size_t *size)
{
	SIM_CALL(cuKernelGetParamInfo);
	SIM_LOCKED;
	return parameter(sim_find(kernel, SIM_KERNEL), number, offset, size);
}

/* ---- occupancy: by the number of threads alone ---- */
static CUresult blocks(int *count, CUfunction function, int threads)
{
	if (!count || threads < 1)
		return CUDA_ERROR_INVALID_VALUE;
	*count = threads > 1024 ? 0 : 2048 / threads > 32 ? 32 : 2048 / threads;
	return exists(function, SIM_FUNCTION);
}

CUresult cuOccupancyMaxActiveBlocksPerMultiprocessor(int *count, CUfunction function, int threads,
						     size_t shared)
{
	SIM_CALL(cuOccupancyMaxActiveBlocksPerMultiprocessor);
	(void)shared;
	return blocks(count, function, threads);
}

CUresult cuOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(int *count, CUfunction function,
							      int threads, size_t shared,
							      unsigned flags)
{
	SIM_CALL(cuOccupancyMaxActiveBlocksPerMultiprocessorWithFlags);
	(void)shared, (void)flags;
	return blocks(count, function, threads);
}

CUresult cuOccupancyMaxPotentialBlockSize(int *grid, int *block, CUfunction function,
					  CUoccupancyB2DSize shared_of, size_t shared, int limit)
{
	SIM_CALL(cuOccupancyMaxPotentialBlockSize);
	(void)shared_of, (void)shared;
	if (!grid || !block)
		return CUDA_ERROR_INVALID_VALUE;
	*block = limit > 0 && limit < 1024 ? limit : 1024;
	*grid = 2 * 16;
	return exists(function, SIM_FUNCTION);
}

CUresult cuOccupancyMaxPotentialBlockSizeWithFlags(int *grid, int *block, CUfunction function,
						   CUoccupancyB2DSize shared_of, size_t shared,
						   int limit, unsigned flags)
{
	(void)flags;
	return cuOccupancyMaxPotentialBlockSize(grid, block, function, shared_of, shared, limit);
}

CUresult cuOccupancyAvailableDynamicSMemPerBlock(size_t *bytes, CUfunction function, int count,
						 int threads)
{
	SIM_CALL(cuOccupancyAvailableDynamicSMemPerBlock);
	if (!bytes || count < 1 || threads < 1)
		return CUDA_ERROR_INVALID_VALUE;
	*bytes = (size_t)(100 << 10) / (size_t)count;
	return exists(function, SIM_FUNCTION);
}

CUresult cuOccupancyMaxPotentialClusterSize(int *size, CUfunction function,
					    const CUlaunchConfig *config)
{
	SIM_CALL(cuOccupancyMaxPotentialClusterSize);
	if (!size || !config)
		return CUDA_ERROR_INVALID_VALUE;
	*size = 1;
	return exists(function, SIM_FUNCTION);
}

CUresult cuOccupancyMaxActiveClusters(int *count, CUfunction function, const CUlaunchConfig *config)
{
	SIM_CALL(cuOccupancyMaxActiveClusters);
	if (!count || !config)
		return CUDA_ERROR_INVALID_VALUE;
	*count = 1;
	return exists(function, SIM_FUNCTION);
}
