// SPDX-License-Identifier: MIT
/*
 * A program of nvcc's with a kernel, linked with the stand-in for the runtime: memory, a launch, the result, and what was left.
 *
 * cuda: nvcc, nvcc_static
 * variants: gcc:-O0
 * part: libkernels.so from=cuda_kernels.c
 * env: SIMCUDA_KERNELS={build}/libkernels.so
 * expect: stdout="sum 332833500\n"
 * expect: leak primary kind=device memory=handle top=cuDevicePrimaryCtxRetain bytes=0 blocks=1 frames=device_copy:left,main:first
 * expect: leak left kind=device memory=device top=cuMemAlloc bytes=4000 blocks=1 frames=device_copy:left,main:second
 * expect: totals.device allocations=2 frees=1 live_bytes=4000 live_blocks=1
 */
#include <cstdio>
#include <cstdlib>
#include <cuda_runtime.h>

#define COUNT 1000

#define OK(call)                                                                                   \
	do {                                                                                       \
		cudaError_t status = (call);                                                       \
		if (status != cudaSuccess) {                                                       \
			fprintf(stderr, "%s: %s\n", #call, cudaGetErrorString(status));            \
			exit(99);                                                                  \
		}                                                                                  \
	} while (0)

extern "C" __global__ void square(const int *from, int *to, int count)
{
	int i = blockIdx.x * blockDim.x + threadIdx.x;
	if (i < count)
		to[i] = from[i] * from[i];
}

static __attribute__((noinline)) int *device_copy(const int *from, size_t bytes)
{
	int *made = nullptr;
	OK(cudaMalloc(&made, bytes)); /* LEAK:left */
	if (from)
		OK(cudaMemcpy(made, from, bytes, cudaMemcpyHostToDevice));
	return made;
}

int main()
{
	static int numbers[COUNT];
	for (int i = 0; i < COUNT; i++)
		numbers[i] = i;
	int *from = device_copy(numbers, sizeof(numbers)); /* AT:first */
	int *to = device_copy(nullptr, sizeof(numbers));   /* AT:second */
	square<<<(COUNT + 255) / 256, 256>>>(from, to, COUNT);
	OK(cudaGetLastError());
	OK(cudaMemcpy(numbers, to, sizeof(numbers), cudaMemcpyDeviceToHost));
	OK(cudaFree(from));
	long sum = 0;
	for (int i = 0; i < COUNT; i++)
		sum += numbers[i];
	printf("sum %ld\n", sum);
	return 0;
}
