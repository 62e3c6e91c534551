/* SPDX-License-Identifier: MIT */
/*
 * NVIDIA's own runtime library looks all of the driver's functions up, and then has the
 * driver prove to be NVIDIA's, which the simulated one doesn't: each look-up and each
 * answer are as bare, and nothing is recorded.
 *
 * cuda: real, real_static
 * variants: gcc:-O0,clang:-O2
 * env: SIMCUDA_TRACE={dir}/trace
 * expect: no-leak
 * expect: totals.device allocations=0
 * expect: totals.handle allocations=0
 */
#include "victim.h"
#include <cuda_runtime_api.h>

int main(void)
{
	char line[256];
	unsigned lines = 0, sum = 0;
	void *p = NULL;
	cudaError_t error = cudaMalloc(&p, 1000);
	say("%d %s %d\n", (int)error, cudaGetErrorString(error), p != NULL);
	say("%d\n", (int)cudaFree(p));
	/* What was looked up, in which order. */
	FILE *trace = fopen("trace", "r");
	CHECK(trace);
	while (fgets(line, sizeof(line), trace)) {
		lines++;
		for (const char *c = line; *c; c++)
			sum = sum * 31 + (unsigned char)*c;
	}
	fclose(trace);
	CHECK(lines > 400);
	say("%u look-ups, %08x\n", lines, sum);
	return 0;
}
