/* SPDX-License-Identifier: MIT */
/*
 * Stands in for CUDA where the kernels of tensor/gpu are compiled for the host:
 * their twins, which the simulated driver runs.  A launch is run by the thread
 * that asks for it, block after block; the threads of a block whose kernel has
 * barriers take turns (fibers.cpp), the others run one after the other.
 */
#ifndef ND_TWIN_H
#define ND_TWIN_H

#include <stddef.h>
#include <stdint.h>

extern "C" {
#include "simcuda.h"
}

#define __global__
#define __device__
#define __forceinline__ inline
/* One block at a time runs on a thread of the host. */
#define __shared__ static thread_local

struct twin_index {
	unsigned x, y, z;
};

extern thread_local twin_index threadIdx, blockIdx, blockDim, gridDim;

/* Wait until the block's other threads are here too. */
void __syncthreads();

/* Every thread of LAUNCH calls BODY(CONTEXT), with threadIdx and the others set. */
void twin_run(const struct simcuda_launch *launch, bool synchronises, void (*body)(const void *),
	      const void *context);

#endif
