/* SPDX-License-Identifier: MIT */
/*
 * Our own declarations of the CUDA driver's API say what <cuda.h> says.  Compiled twice,
 * never run: with CHECK_CUDA_H the facts below and our prototypes meet <cuda.h>, without
 * it our own types, so that both agree with the same figures.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#ifdef CHECK_CUDA_H
#define __CUDA_API_VERSION_INTERNAL /* all variants, no name stands for another one */
#include <cuda.h>
#include <cudaProfiler.h>
static_assert(CUDA_VERSION / 1000 == 13, "the declarations are those of CUDA 13");
#else
#include "cuda_types.h"
#endif

#include "cuda_functions.h" /* a declaration that differs does not compile */

#define V(name, value) static_assert((int)name == (int)(value), #name);
#include "cuda_results.h"
#define ENUM(type, values) values static_assert(sizeof(type) == sizeof(int), #type);
#include "cuda_enums.h"

#define SIZE(type, size) static_assert(sizeof(type) == size, #type);
#define AT(type, member, offset) static_assert(offsetof(type, member) == offset, #type "." #member);
#include "cuda_layout.h"

static_assert(CU_MEMHOSTALLOC_PORTABLE == 1 && CU_MEMHOSTALLOC_DEVICEMAP == 2 &&
		      CU_MEMHOSTALLOC_WRITECOMBINED == 4,
	      "cuMemHostAlloc");
static_assert(CU_MEMHOSTREGISTER_PORTABLE == 1 && CU_MEMHOSTREGISTER_DEVICEMAP == 2 &&
		      CU_MEMHOSTREGISTER_IOMEMORY == 4 && CU_MEMHOSTREGISTER_READ_ONLY == 8,
	      "cuMemHostRegister");
static_assert(CUDA_ARRAY3D_LAYERED == 1 && CUDA_ARRAY3D_SURFACE_LDST == 2 &&
		      CUDA_ARRAY3D_CUBEMAP == 4 && CU_TRSF_READ_AS_INTEGER == 1 &&
		      CU_TRSF_NORMALIZED_COORDINATES == 2,
	      "arrays");
