/* SPDX-License-Identifier: MIT */
/*
 * The driver's library is closed and opened again, perhaps elsewhere: what goes through it
 * is tracked before and after.
 *
 * cuda: dlsym
 * variants: gcc:-O0
 * expect: leak first kind=device memory=device bytes=1000 blocks=1 top=cuMemAlloc frames=use:left,main:first
 * expect: leak second kind=device memory=device bytes=1000 blocks=1 top=cuMemAlloc frames=use:left,main:second
 * expect: leak contexts kind=device memory=handle bytes=0 blocks>=1 entries>=1 top=cuCtxCreate frames=use:context,main
 * expect: totals.device allocations=4 frees=2
 */
#define WAY_BY_HAND
#include "cuda_way.h"

static NOINLINE void use(void)
{
	void *cuda = dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
	CUresult (*init)(unsigned), (*create)(CUcontext *, void *, unsigned, CUdevice);
	CUresult (*alloc)(CUdeviceptr *, size_t), (*release)(CUdeviceptr);
	CUcontext context = NULL;
	CUdeviceptr p = 0;
	CHECK(cuda);
	*(void **)&init = dlsym(cuda, "cuInit");
	*(void **)&create = dlsym(cuda, "cuCtxCreate_v4");
	*(void **)&alloc = dlsym(cuda, "cuMemAlloc_v2");
	*(void **)&release = dlsym(cuda, "cuMemFree_v2");
	CHECK(init && create && alloc && release);
	OK(init(0));
	OK(create(&context, NULL, 0, 0)); /* LEAK:context */
	OK(alloc(&p, 500));
	OK(release(p));
	OK(alloc(&p, 1000)); /* LEAK:left */
	CHECK(dlclose(cuda) == 0);
}

int main(void)
{
	use(); /* AT:first */
	use(); /* AT:second */
	return 0;
}
