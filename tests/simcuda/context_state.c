/* SPDX-License-Identifier: MIT */
/* What contexts say of themselves, and settings that change nothing here. */
#include "sim.h"

CUresult cuCtxGetDevice(CUdevice *device)
{
	return cuCtxGetDevice_v2(device, NULL);
}

CUresult cuCtxGetDevice_v2(CUdevice *device, CUcontext context)
{
	SIM_CALL(cuCtxGetDevice);
	SIM_LOCKED;
	CUresult r;
	const struct sim_object *o = sim_context(context, &r);
	if (!o || !device)
		return o ? CUDA_ERROR_INVALID_VALUE : r;
	*device = o->device;
	return CUDA_SUCCESS;
}

CUresult cuCtxGetApiVersion(CUcontext context, unsigned *version)
{
	SIM_CALL(cuCtxGetApiVersion);
	SIM_LOCKED;
	CUresult r;
	const struct sim_object *o = sim_context(context, &r);
	if (!o || !version)
		return o ? CUDA_ERROR_INVALID_VALUE : r;
	*version = o->context.version;
	return CUDA_SUCCESS;
}

CUresult cuCtxGetId(CUcontext context, unsigned long long *id)
{
	SIM_CALL(cuCtxGetId);
	SIM_LOCKED;
	CUresult r;
	const struct sim_object *o = sim_context(context, &r);
	if (!o || !id)
		return o ? CUDA_ERROR_INVALID_VALUE : r;
	*id = o->id;
	return CUDA_SUCCESS;
}

CUresult cuCtxGetFlags(unsigned *flags)
{
	SIM_CALL(cuCtxGetFlags);
	SIM_LOCKED;
	CUresult r;
	const struct sim_object *o = sim_current(&r);
	if (!o || !flags)
		return o ? CUDA_ERROR_INVALID_VALUE : r;
	*flags = o->context.flags;
	return CUDA_SUCCESS;
}

CUresult cuCtxSetFlags(unsigned flags)
{
	SIM_CALL(cuCtxSetFlags);
	SIM_LOCKED;
	CUresult r;
	struct sim_object *o = sim_current(&r);
	if (!o || flags & ~(unsigned)CU_CTX_FLAGS_MASK)
		return o ? CUDA_ERROR_INVALID_VALUE : r;
	o->context.flags = flags;
	return CUDA_SUCCESS;
}

static CUresult current(void)
{
	SIM_LOCKED;
	CUresult r;
	return sim_current(&r) ? CUDA_SUCCESS : r;
}

CUresult cuCtxGetLimit(size_t *value, CUlimit what)
{
	SIM_CALL(cuCtxGetLimit);
	if (!value)
		return CUDA_ERROR_INVALID_VALUE;
	switch ((int)what) {
	case CU_LIMIT_STACK_SIZE: *value = 1024; break;
	case CU_LIMIT_PRINTF_FIFO_SIZE: *value = 1 << 20; break;
	case CU_LIMIT_MALLOC_HEAP_SIZE: *value = 8 << 20; break;
	default: return CUDA_ERROR_UNSUPPORTED_LIMIT;
	}
	return current();
}

CUresult cuCtxSetLimit(CUlimit what, size_t value)
{
	SIM_CALL(cuCtxSetLimit);
	(void)what, (void)value;
	return current();
}

CUresult cuCtxGetCacheConfig(CUfunc_cache *config)
{
	SIM_CALL(cuCtxGetCacheConfig);
	if (!config)
		return CUDA_ERROR_INVALID_VALUE;
	*config = CU_FUNC_CACHE_PREFER_NONE;
	return current();
}

CUresult cuCtxSetCacheConfig(CUfunc_cache config)
{
	SIM_CALL(cuCtxSetCacheConfig);
	(void)config;
	return current();
}

CUresult cuCtxGetSharedMemConfig(CUsharedconfig *config)
{
	SIM_CALL(cuCtxGetSharedMemConfig);
	if (!config)
		return CUDA_ERROR_INVALID_VALUE;
	*config = CU_SHARED_MEM_CONFIG_FOUR_BYTE_BANK_SIZE;
	return current();
}

CUresult cuCtxSetSharedMemConfig(CUsharedconfig config)
{
	SIM_CALL(cuCtxSetSharedMemConfig);
	(void)config;
	return current();
}

CUresult cuCtxResetPersistingL2Cache(void)
{
	SIM_CALL(cuCtxResetPersistingL2Cache);
	return current();
}

CUresult cuCtxGetExecAffinity(CUexecAffinityParam *param, CUexecAffinityType type)
{
	SIM_CALL(cuCtxGetExecAffinity);
	(void)param, (void)type;
	return CUDA_ERROR_UNSUPPORTED_EXEC_AFFINITY;
}
