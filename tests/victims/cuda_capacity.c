/* SPDX-License-Identifier: MIT */
/*
 * A device that is full says so, under the shim at the same byte as bare: nothing of the
 * shim's lies on it.
 *
 * cuda: linked, dlsym, replay
 * variants: gcc:-O0
 * env: SIMCUDA_BYTES=64M
 * expect: totals.device live_bytes=0 live_blocks=0
 * expect: no-leak
 */
#include "cuda_way.h"

int main(void)
{
	CUdeviceptr p[256];
	size_t available = 0, total = 0;
	int count = 0;
	OK(CU(cuMemGetInfo_v2)(&available, &total));
	say("%zu of %zu\n", available, total);
	while (count < 256 && CU(cuMemAlloc_v2)(&p[count], 1 << 20) == CUDA_SUCCESS)
		count++;
	say("%d\n", count);
	CHECK(CU(cuMemAlloc_v2)(&p[255], 2 << 20) == CUDA_ERROR_OUT_OF_MEMORY);
	while (count > 0)
		OK(CU(cuMemFree_v2)(p[--count]));
	OK(CU(cuMemGetInfo_v2)(&available, &total));
	say("%zu of %zu\n", available, total);
	return 0;
}
