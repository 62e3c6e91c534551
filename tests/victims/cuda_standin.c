/* SPDX-License-Identifier: MIT */
/*
 * A program that is linked with a stand-in for the driver, whose functions have the
 * driver's names: they are called as bare, and nothing is recorded.
 *
 * variants: gcc:-O0
 * part: libstandin.so from=cuda_other.c
 * libs: {build}/libstandin.so -Wl,-rpath,{build}
 * expect: no-leak
 * expect: stdout="42 43\n"
 * expect: totals.device allocations=0
 */
#include "victim.h"

int cuMemAlloc_v2(unsigned long long *address, size_t bytes);

int main(void)
{
	unsigned long long p = 0;
	int status = cuMemAlloc_v2(&p, 100);
	say("%d %llu\n", status, p);
	return 0;
}
