/* SPDX-License-Identifier: MIT */
/*
 * Plain LD_PRELOAD reports device memory as well.
 *
 * mode: preload
 * options: dir={rec}
 * cuda: linked, dlsym, replay
 * variants: gcc:-O0
 * expect: leak left kind=device memory=device bytes=1000 blocks=1 top=cuMemAlloc frames=main:left
 * expect: text~cuMemAlloc
 */
#include "cuda_way.h"

int main(void)
{
	CUdeviceptr p = 0;
	OK(CU(cuMemAlloc_v2)(&p, 1000)); /* LEAK:left */
	return 0;
}
