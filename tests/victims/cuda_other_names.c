/* SPDX-License-Identifier: MIT */
/*
 * Names of the driver in a library that is not the driver, and names that only begin as
 * the driver's do: dlsym gives what is there, and nothing of it is recorded.
 *
 * cuda: dlsym
 * variants: gcc:-O0
 * part: libother.so from=cuda_other.c
 * expect: leak own kind=device memory=device bytes=100 blocks=1 top=cuMemAlloc frames=main:own
 * expect: totals.device allocations=1 frees=0
 */
#include "cuda_way.h"

int main(int argc, char **argv)
{
	char path[4096];
	(void)argc;
	CHECK(snprintf(path, sizeof(path), "%s", argv[0]) < (int)sizeof(path));
	char *slash = strrchr(path, '/');
	CHECK(slash && (size_t)(slash - path) < sizeof(path) - 32);
	strcpy(slash + 1, "libother.so");
	void *other = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	CHECK(other);
	CUresult (*alloc)(CUdeviceptr *, size_t);
	*(void **)&alloc = dlsym(other, "cuMemAlloc_v2");
	int (*mark)(void);
	*(void **)&mark = dlsym(other, "cuMemAllocIsNotMine");
	CHECK(alloc && mark && mark() == 4711);
	CUdeviceptr p = 0;
	CHECK((int)alloc(&p, 5) == 42 && p == 43);
	CHECK(dlsym(other, "cuMemAllocNeverHeardOf") == NULL);
	OK(CU(cuMemAlloc_v2)(&p, 100)); /* LEAK:own */
	return 0;
}
