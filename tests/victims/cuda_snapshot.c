/* SPDX-License-Identifier: MIT */
/*
 * A snapshot has the memory of the whole device measured by the next call of the driver's
 * that is tracked: what is tracked, what contexts and modules take, what is others'.
 *
 * cuda: linked, dlsym, replay
 * variants: gcc:-O0
 * expect: leak left kind=device memory=device bytes=1048576 blocks=1 top=cuMemAlloc frames=main:left
 * expect: leak after kind=device memory=device bytes=2097152 blocks=1 top=cuMemAlloc frames=main:after
 * expect: snapshot label=middle
 * expect: device 0 live_bytes=3145728 peak_bytes=3145728 measured.used_bytes>=1048576 measured.tracked_bytes>=1048576
 */
#include "cuda_way.h"
#include <leakscope/leakscope.h>

int main(void)
{
	CUdeviceptr p = 0;
	OK(CU(cuMemAlloc_v2)(&p, 1 << 20)); /* LEAK:left */
	leakscope_snapshot("middle");
	OK(CU(cuMemAlloc_v2)(&p, 2 << 20)); /* LEAK:after */
	return 0;
}
