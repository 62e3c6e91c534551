/* SPDX-License-Identifier: MIT */
/*
 * A program of the CUDA runtime with planted leaks, for scripts/gpu-check, which builds it
 * against the shared and the static runtime and knows the figures:
 *
 *     8 device buffers of 100 000 bytes   (plant_device)
 *     2 managed buffers of 65 536 bytes   (plant_managed)
 *     3 host blocks of 1000 bytes         (plant_host)
 *
 * usage: leak_runtime [PAIRS]    pairs of cudaMalloc and cudaFree besides (2000)
 */
#include <cuda_runtime_api.h>
#include <stdio.h>
#include <stdlib.h>

static void *volatile lost;

#define OK(call)                                                                                   \
	do {                                                                                       \
		cudaError_t status = (call);                                                       \
		if (status != cudaSuccess) {                                                       \
			fprintf(stderr, "%s: %s\n", #call, cudaGetErrorString(status));            \
			exit(3);                                                                   \
		}                                                                                  \
	} while (0)

static __attribute__((noinline)) void plant_device(void)
{
	for (int i = 0; i < 8; i++) {
		void *buffer;

		OK(cudaMalloc(&buffer, 100000));
		OK(cudaMemset(buffer, i, 100000));
	}
}

static __attribute__((noinline)) void plant_managed(void)
{
	for (int i = 0; i < 2; i++) {
		void *buffer;

		OK(cudaMallocManaged(&buffer, 65536, cudaMemAttachGlobal));
	}
}

static __attribute__((noinline)) void plant_host(void)
{
	for (int i = 0; i < 3; i++)
		lost = malloc(1000);
	lost = NULL;
}

int main(int argc, char **argv)
{
	int pairs = argc > 1 ? atoi(argv[1]) : 2000;

	for (int i = 0; i < pairs; i++) {
		void *buffer;

		OK(cudaMalloc(&buffer, 4096));
		OK(cudaFree(buffer));
	}
	plant_device();
	plant_managed();
	plant_host();
	OK(cudaDeviceReset()); /* compute-sanitizer looks for leaks where a context ends */
	printf("done\n");
	return 0;
}
