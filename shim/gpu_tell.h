/* SPDX-License-Identifier: MIT */
/*
 * What the wrappers of the driver's functions have in common: after the real call they
 * find out what is to be said of a resource (the current context, its device), and say
 * it to gpu.h.  All of these keep errno, and are called with ls_driver_enter in force.
 */
#ifndef LS_GPU_TELL_H
#define LS_GPU_TELL_H

#include "gpu.h"
#include "gpu_driver.h"

/* An address or a handle as the resources know it. */
LS_INLINE uint64_t ls_handle(const void *p)
{
	return (uint64_t)(uintptr_t)p;
}

/* The current context, 0 = none; it and its device are known to gpu.h then. */
uint64_t ls_tell_context(void);
/* Context CTX on the device is known from now on. */
void ls_tell_this_context(CUcontext ctx, int ordinal);
void ls_tell_device(int ordinal);
/* It is the device's primary one; NULL: that is gone, with what was in it. */
void ls_tell_primary(CUcontext ctx, int ordinal);

/*
 * RESULT is what the real call answered; N is recorded if it succeeded.  In the current
 * context, unless N names a device, or is global.
 */
CUresult ls_tell_created(CUresult result, const struct ls_gpu_new *n, uintptr_t pc);
CUresult ls_tell_global(CUresult result, const struct ls_gpu_new *n, uintptr_t pc);

/* After a release, which ls_gpu_release_begin has begun. */
CUresult ls_tell_released(CUresult result, struct ls_gpu_release *r);

/*
 * What contexts and modules need: the free memory of the current context's device before
 * and after.  Nothing where no context is current.
 */
struct ls_growth {
	int ordinal; /* -1: not known */
	uint64_t free_bytes;
};
void ls_growth_begin(struct ls_growth *g, int ordinal);
void ls_growth_end(const struct ls_growth *g);

#endif
