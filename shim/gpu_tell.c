/* SPDX-License-Identifier: MIT */
/* See gpu_tell.h.  The driver may lack any function that is asked here: an old one, or a stand-in. */
#include "gpu_tell.h"

#include <errno.h>

#include "text.h"

static bool is_mig(const char *name)
{
	for (; *name; name++)
		if (ls_starts(name, " MIG "))
			return true;
	return false;
}

void ls_tell_device(int ordinal)
{
	CUuuid uuid;
	char name[256] = "";
	size_t total = 0;
	if (ordinal < 0 || ls_gpu_device_known(ordinal))
		return;
	/* the second version tells MIG instances apart */
	bool has_uuid = (ls_driver.cuDeviceGetUuid_v2 &&
			 ls_driver.cuDeviceGetUuid_v2(&uuid, ordinal) == LS_CU_SUCCESS) ||
			(ls_driver.cuDeviceGetUuid &&
			 ls_driver.cuDeviceGetUuid(&uuid, ordinal) == LS_CU_SUCCESS);
	if (!ls_driver.cuDeviceGetName ||
	    ls_driver.cuDeviceGetName(name, (int)sizeof name, ordinal) != LS_CU_SUCCESS)
		name[0] = 0;
	name[sizeof name - 1] = 0;
	if (!ls_driver.cuDeviceTotalMem_v2 ||
	    ls_driver.cuDeviceTotalMem_v2(&total, ordinal) != LS_CU_SUCCESS)
		total = 0;
	ls_gpu_device(ordinal, has_uuid ? (const uint8_t *)uuid.bytes : NULL, name, total,
		      is_mig(name));
}

void ls_tell_primary(CUcontext ctx, int ordinal)
{
	if (!ctx)
		ls_gpu_primary_destroyed(ordinal);
	else
		ls_gpu_primary(ordinal, ls_handle(ctx));
}

/* The driver is asked only where cuDevicePrimaryCtxRetain hasn't told: there are other ways. */
static bool is_primary(CUcontext ctx, int ordinal)
{
	uint64_t known = ls_gpu_primary_of(ordinal);
	if (known)
		return known == ls_handle(ctx);
	unsigned flags;
	int active = 0;
	CUcontext primary = NULL;
	CUresult (*release)(CUdevice) = ls_driver.cuDevicePrimaryCtxRelease_v2
						? ls_driver.cuDevicePrimaryCtxRelease_v2
						: ls_driver.cuDevicePrimaryCtxRelease;
	if (!ls_driver.cuDevicePrimaryCtxGetState || !ls_driver.cuDevicePrimaryCtxRetain ||
	    !release ||
	    ls_driver.cuDevicePrimaryCtxGetState(ordinal, &flags, &active) != LS_CU_SUCCESS ||
	    !active || ls_driver.cuDevicePrimaryCtxRetain(&primary, ordinal) != LS_CU_SUCCESS)
		return false;
	release(ordinal);
	return primary == ctx;
}

void ls_tell_this_context(CUcontext ctx, int ordinal)
{
	if (!ctx || ls_gpu_context_known(ls_handle(ctx)))
		return;
	ls_tell_device(ordinal);
	ls_gpu_context(ls_handle(ctx), ordinal);
}

static LS_COLD void meet(CUcontext ctx)
{
	CUdevice ordinal = -1;
	if (!ls_driver.cuCtxGetDevice || ls_driver.cuCtxGetDevice(&ordinal) != LS_CU_SUCCESS)
		return;
	ls_tell_this_context(ctx, ordinal);
	if (is_primary(ctx, ordinal))
		ls_tell_primary(ctx, ordinal);
}

uint64_t ls_tell_context(void)
{
	CUcontext ctx = NULL;
	if (ls_unlikely(!ls_driver.cuCtxGetCurrent) ||
	    ls_driver.cuCtxGetCurrent(&ctx) != LS_CU_SUCCESS || !ctx)
		return 0;
	if (ls_unlikely(!ls_gpu_context_known(ls_handle(ctx))))
		meet(ctx);
	return ls_handle(ctx);
}

static void measure(uint64_t context)
{
	size_t free_bytes, total;
	if (ls_likely(!context || !ls_gpu_measure_wanted(context)))
		return;
	if (ls_driver.cuMemGetInfo_v2 &&
	    ls_driver.cuMemGetInfo_v2(&free_bytes, &total) == LS_CU_SUCCESS)
		ls_gpu_measured(context, free_bytes, total);
}

CUresult ls_tell_created(CUresult result, const struct ls_gpu_new *n, uintptr_t pc)
{
	if (ls_unlikely(result != LS_CU_SUCCESS || !n->handle))
		return result;
	int saved = errno;
	struct ls_gpu_new known = *n;
	uint64_t context = ls_tell_context();
	if (!known.cuda_context)
		known.cuda_context = context;
	ls_tell_device(known.ordinal);
	ls_gpu_created(&known, pc);
	measure(context);
	errno = saved;
	return result;
}

CUresult ls_tell_global(CUresult result, const struct ls_gpu_new *n, uintptr_t pc)
{
	if (ls_unlikely(result != LS_CU_SUCCESS || !n->handle))
		return result;
	int saved = errno;
	ls_tell_device(n->ordinal);
	ls_gpu_created(n, pc);
	errno = saved;
	return result;
}

CUresult ls_tell_released(CUresult result, struct ls_gpu_release *r)
{
	int saved = errno;
	ls_gpu_release_end(r, result == LS_CU_SUCCESS         ? LS_GPU_RELEASED
			      : result == LS_CU_DEINITIALIZED ? LS_GPU_LATE
							      : LS_GPU_KEPT);
	CUcontext ctx = NULL;
	if (result == LS_CU_SUCCESS && ls_driver.cuCtxGetCurrent &&
	    ls_driver.cuCtxGetCurrent(&ctx) == LS_CU_SUCCESS)
		measure(ls_handle(ctx));
	errno = saved;
	return result;
}

void ls_growth_begin(struct ls_growth *g, int ordinal)
{
	int saved = errno;
	size_t free_bytes, total;
	CUdevice current;
	g->ordinal = -1;
	if (ls_driver.cuCtxGetDevice && ls_driver.cuMemGetInfo_v2 &&
	    ls_driver.cuCtxGetDevice(&current) == LS_CU_SUCCESS &&
	    (ordinal < 0 || ordinal == current) &&
	    ls_driver.cuMemGetInfo_v2(&free_bytes, &total) == LS_CU_SUCCESS) {
		g->ordinal = current;
		g->free_bytes = free_bytes;
	}
	errno = saved;
}

void ls_growth_end(const struct ls_growth *g)
{
	int saved = errno;
	struct ls_growth now;
	if (g->ordinal < 0)
		return;
	ls_growth_begin(&now, g->ordinal);
	if (now.ordinal == g->ordinal && now.free_bytes < g->free_bytes) {
		ls_tell_device(g->ordinal);
		ls_gpu_own_grew(g->ordinal, g->free_bytes - now.free_bytes);
	}
	errno = saved;
}
