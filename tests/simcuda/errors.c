/* SPDX-License-Identifier: MIT */
/* Names of error codes, which work before cuInit and after the end. */
#include "sim.h"

static const char *name(CUresult error)
{
	switch (error) {
#define V(name, value)                                                                             \
	case name:                                                                                 \
		return #name;
#include "cuda_results.h"
#undef V
	}
	return NULL;
}

CUresult cuGetErrorName(CUresult error, const char **text)
{
	if (!text)
		return CUDA_ERROR_INVALID_VALUE;
	*text = name(error);
	return *text ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

CUresult cuGetErrorString(CUresult error, const char **text)
{
	CUresult r = cuGetErrorName(error, text);
	if (!r && error == CUDA_SUCCESS)
		*text = "no error";
	else if (!r && error == CUDA_ERROR_OUT_OF_MEMORY)
		*text = "out of memory";
	else if (!r && error == CUDA_ERROR_DEINITIALIZED)
		*text = "driver shutting down";
	return r;
}
