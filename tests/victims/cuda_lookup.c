/* SPDX-License-Identifier: MIT */
/*
 * cuGetProcAddress gives the variant that was asked for, by version and flags, says what
 * it says bare, and finds itself; what is reached that way is tracked as well.
 *
 * cuda: dlsym
 * variants: gcc:-O0
 * expect: leak old kind=device memory=device bytes=11 blocks=1 top=cuMemAlloc frames=main:old
 * expect: leak new kind=device memory=device bytes=22 blocks=1 top=cuMemAlloc frames=main:new
 * expect: leak itself kind=device memory=device bytes=33 blocks=1 top=cuMemAlloc frames=main:itself
 * expect: leak async kind=device memory=pool bytes=44 blocks=1 top=cuMemAllocAsync frames=main:async
 * expect: leak newest kind=device memory=device bytes=55 blocks=1 top=cuMemAlloc frames=main:newest
 */
#include "cuda_way.h"

typedef CUresult lookup(const char *, void **, int, uint64_t, int *);
typedef CUresult lookup1(const char *, void **, int, uint64_t);

int main(void)
{
	lookup *find = NULL, *again = NULL;
	lookup1 *find1 = NULL;
	void *function = NULL, *other = NULL;
	int found = -1;
	CUdeviceptr p = 0;
	CUdeviceptr_v1 q = 0;

	*(void **)&find = dlsym(way_libcuda(), "cuGetProcAddress_v2");
	*(void **)&find1 = dlsym(way_libcuda(), "cuGetProcAddress");
	CHECK(find && find1 && (void *)find != (void *)find1);

	/* Versions: before 3.2 addresses were 32 bits wide. */
	OK(find("cuMemAlloc", &function, 2000, 0, &found));
	CHECK(function && found == 0);
	OK(((__typeof__(&cuMemAlloc))function)(&q, 11)); /* LEAK:old */
	OK(find("cuMemAlloc", &other, 3020, 0, NULL));
	CHECK(other && other != function);
	OK(((__typeof__(&cuMemAlloc_v2))other)(&p, 22)); /* LEAK:new */
	OK(find1("cuMemAlloc", &function, 13000, 0));
	OK(((__typeof__(&cuMemAlloc_v2))function)(&p, 55)); /* LEAK:newest */

	/* What it does not have. */
	function = (void *)1;
	say("%d\n", find("cuNoSuchFunction", &function, 13000, 0, &found));
	say("%d %d\n", found, function == NULL);
	say("%d\n", find("cuMemAllocAsync", &function, 3020, 0, &found));
	say("%d %d\n", found, function == NULL);
	say("%d\n", find1("cuNoSuchFunction", &function, 13000, 0));
	say("%d\n", find("", &function, 0, 0, NULL));
	say("%d\n", find(NULL, &function, 0, 0, NULL));
	say("%d\n", find("cuMemAlloc", NULL, 3020, 0, NULL));
	say("%d\n", find("cuMemAlloc_v2", &function, 13000, 0, &found));

	/* Itself. */
	OK(find("cuGetProcAddress", (void **)&again, 12000, 0, &found));
	CHECK(again);
	OK(again("cuMemAlloc", &function, 3020, 0, &found));
	OK(((__typeof__(&cuMemAlloc_v2))function)(&p, 33)); /* LEAK:itself */

	/* The stream of each thread. */
	OK(again("cuMemAllocAsync", &function, 11020, 2, &found));
	OK(again("cuMemAllocAsync", &other, 11020, 0, &found));
	CHECK(function != other);
	OK(((__typeof__(&cuMemAllocAsync))function)(&p, 44, NULL)); /* LEAK:async */
	return 0;
}
