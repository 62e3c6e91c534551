/* SPDX-License-Identifier: MIT */
/*
 * A process that is killed leaves its device memory in the recording, to the byte.
 *
 * cuda: linked, dlsym, procaddress, replay
 * variants: gcc:-O0
 * expect: signal=9
 * expect: leak kept kind=device memory=device bytes=18000 blocks=1000 top=cuMemAlloc frames=main:kept
 * expect: leak async kind=device memory=pool bytes=500 blocks=1 top=cuMemAllocAsync frames=main:async
 * expect: totals.device allocations=2000 frees=1000 live_bytes=18000
 */
#include "cuda_way.h"
#include <signal.h>

int main(void)
{
	CUdeviceptr p = 0;
	for (int i = 0; i < 1000; i++) {
		OK(CU(cuMemAlloc_v2)(&p, 18)); /* LEAK:kept */
		OK(CU(cuMemAlloc_v2)(&p, 19));
		OK(CU(cuMemFree_v2)(p));
	}
	OK(CU(cuMemAllocAsync)(&p, 500, NULL)); /* LEAK:async */
	kill(getpid(), SIGKILL);
	for (;;)
		pause();
}
