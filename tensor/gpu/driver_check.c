/* SPDX-License-Identifier: MIT */
/* The declarations of driver.h against cuda.h; compiled only where that is found. */
#include "driver.h"

#include <cuda.h>

#define CHECK(name, symbol, parameters)                                                            \
	_Static_assert(_Generic(&(symbol), ndg_##name##_fn * : 1, default : 0), #symbol);
NDG_DRIVER_FUNCTIONS(CHECK)

_Static_assert(sizeof(ndg_address) == sizeof(CUdeviceptr), "addresses");
_Static_assert((unsigned)CUDA_SUCCESS == NDG_SUCCESS &&
		       (unsigned)CUDA_ERROR_OUT_OF_MEMORY == NDG_OUT_OF_MEMORY &&
		       (unsigned)CUDA_ERROR_DEINITIALIZED == NDG_DEINITIALIZED &&
		       (unsigned)CUDA_ERROR_NO_DEVICE == NDG_NO_DEVICE,
	       "results");
_Static_assert((int)CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT == NDG_MULTIPROCESSORS, "attributes");
