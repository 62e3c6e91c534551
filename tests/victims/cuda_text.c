/* SPDX-License-Identifier: MIT */
/*
 * How device memory reads in the text report.
 *
 * cuda: linked, replay
 * variants: gcc:-O0
 * report: --color never
 * expect: leak left kind=device memory=device bytes=8388608 blocks=2 top=cuMemAlloc frames=upload:left,main
 * expect: output~8\.0 MiB on the GPU
 * expect: output~device +8\.0 MiB +2 buffers of 4\.0 MiB
 * expect: output~GPU 0
 * expect: output~cuMemAlloc
 * expect: output~upload +\S*cuda_text\.c:\d+
 * expect: output~no copy of the pointer is left
 */
#include "cuda_way.h"
#include "scan.h"

static NOINLINE void upload(void)
{
	CUdeviceptr buffer = 0;
	OK(CU(cuMemAlloc_v2)(&buffer, 4 << 20)); /* LEAK:left */
	buffer = 0;
	keep(&buffer);
}

int main(void)
{
	for (int i = 0; i < 2; i++)
		upload();
	wipe();
	return 0;
}
