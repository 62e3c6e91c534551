/* SPDX-License-Identifier: MIT */
/* What the bookkeeping of CUDA memory knows of an address in VMM memory. */
#ifndef LS_GPU_MAPPING_H
#define LS_GPU_MAPPING_H

#include "gpu_table.h"

/* The handle whose memory is mapped at ADDRESS, 0 = none that is known. */
static inline uint64_t mapping_at(uint64_t address)
{
	ls_tls.depth = 1;
	uint32_t id = ls_gpu_mapped_record(address);
	uint64_t handle = id ? ls_gpu_at(id)->handle : 0;
	ls_tls.depth = 0;
	return handle;
}

#endif
