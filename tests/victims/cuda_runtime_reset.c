/* SPDX-License-Identifier: MIT */
/*
 * cudaDeviceReset takes the memory of the device with it: reclaimed, and a leak still.
 *
 * cuda: runtime, runtime_static
 * variants: gcc:-O0
 * expect: leak gone kind=device memory=device reclaimed=yes top=cuMemAlloc bytes=1000 blocks=1 frames=main:gone
 * expect: leak after kind=device memory=device reclaimed=no top=cuMemAlloc bytes=2000 blocks=1 frames=main:after
 * expect: leak primary kind=device memory=handle top=cuDevicePrimaryCtxRetain bytes=0 blocks>=1 entries>=1 frames=main
 * expect: device 0 reclaimed_bytes=1000 reclaimed_blocks=1
 */
#include "victim.h"
#include "replay_cudart.h"

#define OK(call) CHECK((call) == 0)

int main(void)
{
	void *p = NULL;
	OK(cudaMalloc(&p, 1000)); /* LEAK:gone */
	OK(cudaDeviceReset());
	OK(cudaMalloc(&p, 2000)); /* LEAK:after */
	return 0;
}
