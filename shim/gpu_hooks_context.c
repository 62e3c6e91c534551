/* SPDX-License-Identifier: MIT */
/*
 * Wrappers of the driver's functions that make and end contexts, primary ones included.
 * With a context goes what the driver keeps in it: gpu.h is told after the real call,
 * since only that knows whether it was the last use.
 */
#include <errno.h>

#include "gpu_tell.h"
#include "gpu_wrap.h"

/* ---- contexts of the program's own ---- */

static CUresult made(CUresult result, const CUcontext *out, int ordinal, uintptr_t pc)
{
	CUcontext ctx = ANSWERED(result, out);
	struct ls_gpu_new n = {.memory = LS_MEM_HANDLE,
			       .type = LS_RES_CONTEXT,
			       .class = LS_GPU_CONTEXT,
			       .handle = ls_handle(ctx),
			       .ordinal = ordinal};
	int saved = errno;
	ls_tell_this_context(ctx, ordinal);
	errno = saved;
	return ls_tell_global(result, &n, pc);
}

#define CONTEXT(call, out, ordinal)                                                                \
	({                                                                                         \
		struct ls_growth growth_;                                                          \
		ls_growth_begin(&growth_, ordinal);                                                \
		CUresult made_ = made(call, out, ordinal, pc);                                     \
		ls_growth_end(&growth_);                                                           \
		made_;                                                                             \
	})

LS_DRIVER_WRAP(cuCtxCreate, (CUcontext * out, unsigned int flags, CUdevice_v1 device),
	       (out, flags, device), CONTEXT(real(out, flags, device), out, device))
LS_DRIVER_WRAP(cuCtxCreate_v2, (CUcontext * out, unsigned int flags, CUdevice_v1 device),
	       (out, flags, device), CONTEXT(real(out, flags, device), out, device))
LS_DRIVER_WRAP(cuCtxCreate_v3,
	       (CUcontext * out, CUexecAffinityParam *affinity, int count, unsigned int flags,
		CUdevice_v1 device),
	       (out, affinity, count, flags, device),
	       CONTEXT(real(out, affinity, count, flags, device), out, device))
LS_DRIVER_WRAP(cuCtxCreate_v4,
	       (CUcontext * out, CUctxCreateParams *params, unsigned int flags, CUdevice device),
	       (out, params, flags, device), CONTEXT(real(out, params, flags, device), out, device))

static CUresult attached(CUresult result, CUcontext const *out)
{
	if (ANSWERED(result, out))
		ls_gpu_retained(LS_GPU_CONTEXT, ls_handle(*out));
	return result;
}

/* It had to be the current one, and is not any more after its last use. */
static bool is_current(CUcontext ctx)
{
	CUcontext current = ctx;
	return !ls_driver.cuCtxGetCurrent || ls_driver.cuCtxGetCurrent(&current) != LS_CU_SUCCESS ||
	       current == ctx;
}

static CUresult destroyed(CUcontext ctx, bool whatever_its_uses, ls_fn_cuCtxDestroy real)
{
	struct ls_gpu_release r;
	ls_gpu_release_begin(&r, LS_GPU_CONTEXT, ls_handle(ctx));
	CUresult result = real(ctx);
	int saved = errno;
	/* first what was in it */
	if (result == LS_CU_SUCCESS && (whatever_its_uses || !is_current(ctx)))
		ls_gpu_context_destroyed(ls_handle(ctx));
	errno = saved;
	return ls_tell_released(result, &r);
}

LS_DRIVER_WRAP(cuCtxAttach, (CUcontext * out, unsigned int flags), (out, flags),
	       attached(real(out, flags), out))
LS_DRIVER_WRAP(cuCtxDetach, (CUcontext ctx), (ctx), destroyed(ctx, false, real))
LS_DRIVER_WRAP(cuCtxDestroy, (CUcontext ctx), (ctx), destroyed(ctx, true, real))
LS_DRIVER_WRAP(cuCtxDestroy_v2, (CUcontext ctx), (ctx), destroyed(ctx, true, real))

LS_DRIVER_WRAP(cuGreenCtxCreate,
	       (CUgreenCtx * out, CUdevResourceDesc desc, CUdevice device, unsigned int flags),
	       (out, desc, device, flags),
	       CREATED(ls_tell_global, real(out, desc, device, flags), out, .memory = LS_MEM_HANDLE,
		       .type = LS_RES_GREEN_CONTEXT, .class = LS_GPU_GREEN, .ordinal = device))
LS_DRIVER_WRAP(cuGreenCtxDestroy, (CUgreenCtx ctx), (ctx), RELEASED(LS_GPU_GREEN, ctx, real(ctx)))

/* ---- primary contexts: each retain is a reference ---- */

LS_INLINE uint64_t primary_handle(int ordinal)
{
	return (uint64_t)(unsigned)ordinal + 1;
}

static CUresult retained(CUresult result, CUcontext const *out, int ordinal, uintptr_t pc)
{
	CUcontext ctx = ANSWERED(result, out);
	struct ls_gpu_new n = {.memory = LS_MEM_HANDLE,
			       .type = LS_RES_PRIMARY_CONTEXT,
			       .class = LS_GPU_PRIMARY,
			       .handle = ctx ? primary_handle(ordinal) : 0,
			       .ordinal = ordinal};
	int saved = errno;
	if (ctx) {
		ls_tell_this_context(ctx, ordinal);
		ls_tell_primary(ctx, ordinal);
	}
	errno = saved;
	return ls_tell_global(result, &n, pc);
}

static bool is_active(int ordinal)
{
	unsigned flags;
	int active = 1;
	return !ls_driver.cuDevicePrimaryCtxGetState ||
	       ls_driver.cuDevicePrimaryCtxGetState(ordinal, &flags, &active) != LS_CU_SUCCESS ||
	       active;
}

static CUresult released(int ordinal, ls_fn_cuDevicePrimaryCtxRelease real)
{
	struct ls_gpu_release r;
	ls_gpu_release_begin(&r, LS_GPU_PRIMARY, primary_handle(ordinal));
	CUresult result = real(ordinal);
	int saved = errno;
	if (result == LS_CU_SUCCESS && !is_active(ordinal))
		ls_tell_primary(NULL, ordinal);
	errno = saved;
	return ls_tell_released(result, &r);
}

static CUresult reset(CUresult result, int ordinal)
{
	if (result == LS_CU_SUCCESS)
		ls_tell_primary(NULL, ordinal);
	return result;
}

LS_DRIVER_WRAP(cuDevicePrimaryCtxRetain, (CUcontext * out, CUdevice_v1 device), (out, device),
	       retained(real(out, device), out, device, pc))
LS_DRIVER_WRAP(cuDevicePrimaryCtxRelease, (CUdevice_v1 device), (device), released(device, real))
LS_DRIVER_WRAP(cuDevicePrimaryCtxRelease_v2, (CUdevice_v1 device), (device), released(device, real))
LS_DRIVER_WRAP(cuDevicePrimaryCtxReset, (CUdevice_v1 device), (device), reset(real(device), device))
LS_DRIVER_WRAP(cuDevicePrimaryCtxReset_v2, (CUdevice_v1 device), (device),
	       reset(real(device), device))
