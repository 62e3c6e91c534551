/* SPDX-License-Identifier: MIT */
/*
 * Destructors that release when the driver has already gone: it says so (error 4), and what
 * they wanted to release is no leak; what nobody releases is one.
 *
 * cuda: linked, dlsym, replay
 * variants: gcc:-O0,clang:-O2
 * expect: leak left kind=device memory=device bytes=1000 blocks=1 top=cuMemAlloc frames=main:left
 * expect: totals.device live_bytes=1000 live_blocks=1
 * expect: totals.pinned live_bytes=0 live_blocks=0
 */
#include "cuda_way.h"

static CUdeviceptr kept;
static void *host;
static CUstream stream;

__attribute__((destructor)) static void at_end(void)
{
	CHECK(CU(cuMemFree_v2)(kept) == CUDA_ERROR_DEINITIALIZED);
	CHECK(CU(cuMemFreeHost)(host) == CUDA_ERROR_DEINITIALIZED);
	CHECK(CU(cuStreamDestroy_v2)(stream) == CUDA_ERROR_DEINITIALIZED);
	say("late\n");
}

int main(void)
{
	CUdeviceptr p = 0;
	OK(CU(cuMemAlloc_v2)(&kept, 2000));
	OK(CU(cuMemAllocHost_v2)(&host, 3000));
	OK(CU(cuStreamCreate)(&stream, CU_STREAM_NON_BLOCKING));
	(void)CU(cuStreamDestroy_v2);
	OK(CU(cuMemAlloc_v2)(&p, 1000)); /* LEAK:left */
	return 0;
}
