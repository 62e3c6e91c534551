/* SPDX-License-Identifier: MIT */
/*
 * Instances of one GPU (MIG) are devices of their own, known by their UUID.
 *
 * cuda: linked, dlsym, replay
 * variants: gcc:-O0
 * env: SIMCUDA_DEVICES=2
 * env: SIMCUDA_MIG=1
 * expect: leak first kind=device memory=device devices=0 bytes=1000 blocks=1 top=cuMemAlloc frames=main:first
 * expect: leak second kind=device memory=device devices=1 bytes=2000 blocks=1 top=cuMemAlloc frames=main:second
 * expect: leak context kind=device memory=handle devices=1 bytes=0 blocks=1 top=cuCtxCreate frames=main:context
 * expect: device 0 live_bytes=1000 mig=yes uuid~^MIG-
 * expect: device 1 live_bytes=2000 mig=yes uuid~^MIG-
 */
#include "cuda_way.h"

int main(void)
{
	CUdeviceptr p = 0;
	CUcontext second = NULL;
	OK(CU(cuMemAlloc_v2)(&p, 1000));             /* LEAK:first */
	OK(CU(cuCtxCreate_v4)(&second, NULL, 0, 1)); /* LEAK:context */
	OK(CU(cuMemAlloc_v2)(&p, 2000));             /* LEAK:second */
	return 0;
}
