/* SPDX-License-Identifier: MIT */
/* What the tests of the simulated driver begin with. */
#ifndef SIMCUDA_TEST_H
#define SIMCUDA_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cuda_api.h"

#define OK(call) assert_int_equal((call), CUDA_SUCCESS)
#define FAILS(call, error) assert_int_equal((call), CUDA_ERROR_##error)

#define MIB ((size_t)1 << 20)

/* Bytes in use on the current context's device. */
static inline size_t used(void)
{
	size_t free_bytes, total;
	OK(cuMemGetInfo(&free_bytes, &total));
	return total - free_bytes;
}

/* A context on DEVICE, current; each test has its own. */
static inline CUcontext context_on(CUdevice device)
{
	CUcontext context;
	OK(cuInit(0));
	OK(cuCtxCreate(&context, NULL, 0, device));
	return context;
}

#endif
