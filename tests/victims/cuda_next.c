/* SPDX-License-Identifier: MIT */
/*
 * A library between the program and the driver, as those that share a GPU out: its
 * cuMemAlloc asks for the next one by RTLD_NEXT. Each allocation counts once.
 *
 * cuda: linked
 * variants: gcc:-O0
 * part: libbetween.so from=cuda_between.c libs=-ldl
 * libs: -Wl,--no-as-needed {build}/libbetween.so -Wl,-rpath,{build}
 * expect: stdout="between 2 1\n"
 * expect: leak left kind=device memory=device bytes=100 blocks=1 top=cuMemAlloc frames=main:left
 * expect: totals.device allocations=2 frees=1 live_bytes=100
 */
#include "cuda_way.h"

extern int between_allocs, between_frees;

int main(void)
{
	CUdeviceptr p = 0;
	OK(cuMemAlloc_v2(&p, 50));
	OK(cuMemFree_v2(p));
	OK(cuMemAlloc_v2(&p, 100)); /* LEAK:left */
	say("between %d %d\n", between_allocs, between_frees);
	return 0;
}
