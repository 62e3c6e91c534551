/* SPDX-License-Identifier: MIT */
/* Starts NVIDIA's runtime, and says what became of it. */
#include <cuda_runtime_api.h>
#include <stdio.h>

int main(void)
{
	void *p = NULL;
	int devices = -1;
	int r = cudaGetDeviceCount(&devices);
	printf("%d: %s, %d devices\n", r, cudaGetErrorName(r), devices);
	r = cudaMalloc(&p, 1000);
	printf("%d: %s\n", r, cudaGetErrorName(r));
	return 0;
}
