/* SPDX-License-Identifier: MIT */
/*
 * The same leaks as leak_runtime.c, by the driver's API, which it links: it needs no
 * toolkit to be built.
 *
 * usage: leak_driver [PAIRS]
 */
#include "cuda_api.h"

#include <stdio.h>
#include <stdlib.h>

static void *volatile lost;

#define OK(call)                                                                                   \
	do {                                                                                       \
		CUresult status = (call);                                                          \
		if (status != CUDA_SUCCESS) {                                                      \
			fprintf(stderr, "%s: error %d\n", #call, (int)status);                     \
			exit(3);                                                                   \
		}                                                                                  \
	} while (0)

static __attribute__((noinline)) void plant_device(void)
{
	for (int i = 0; i < 8; i++) {
		CUdeviceptr buffer;

		OK(cuMemAlloc(&buffer, 100000));
		OK(cuMemsetD8(buffer, (unsigned char)i, 100000));
	}
}

static __attribute__((noinline)) void plant_managed(void)
{
	for (int i = 0; i < 2; i++) {
		CUdeviceptr buffer;

		OK(cuMemAllocManaged(&buffer, 65536, CU_MEM_ATTACH_GLOBAL));
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
	CUdevice device;
	CUcontext context;

	OK(cuInit(0));
	OK(cuDeviceGet(&device, 0));
	OK(cuDevicePrimaryCtxRetain(&context, device));
	OK(cuCtxSetCurrent(context));
	for (int i = 0; i < pairs; i++) {
		CUdeviceptr buffer;

		OK(cuMemAlloc(&buffer, 4096));
		OK(cuMemFree(buffer));
	}
	plant_device();
	plant_managed();
	plant_host();
	OK(cuCtxSynchronize());
	OK(cuDevicePrimaryCtxRelease(device));
	printf("done\n");
	return 0;
}
