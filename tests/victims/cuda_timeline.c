/* SPDX-License-Identifier: MIT */
/*
 * The samples of the timeline have the bytes on devices: those that are there, and not
 * pinned memory.
 *
 * cuda: linked, replay
 * variants: gcc:-O0
 * options: timeline_ms=10
 * expect: timeline device_bytes=8388608
 * expect: totals.device allocations=1 frees=1 peak_bytes=8388608
 */
#include "cuda_way.h"

int main(void)
{
	CUdeviceptr p = 0;
	void *host = NULL;
	OK(CU(cuMemAlloc_v2)(&p, 8 << 20));
	OK(CU(cuMemAllocHost_v2)(&host, 1 << 20));
	for (int i = 0; i < 40; i++) {
		usleep(10000);
		for (int k = 0; k < 100; k++)
			free(keep(malloc(1)));
	}
	OK(CU(cuMemFreeHost)(host));
	OK(CU(cuMemFree_v2)(p));
	return 0;
}
