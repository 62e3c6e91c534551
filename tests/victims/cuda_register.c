/* SPDX-License-Identifier: MIT */
/*
 * cuMemHostRegister and cuMemHostUnregister: the host block behind it stays what it was,
 * and is counted as such.
 *
 * cuda: all
 * variants: gcc:-O0
 * expect: leak plain kind=device memory=registered top=cuMemHostRegister bytes=1000 blocks=1 frames=leak:plain,main:call
 * expect: leak host memory=host bytes=8192 blocks=1 frames=block:host,leak,main:call
 * expect: leak scoped kind=device memory=registered top=cuMemHostRegister bytes=30 blocks=1 scope=/work frames=leak_scoped:scoped,main
 * expect: leak gone kind=device memory=registered reclaimed=any top=cuMemHostRegister bytes=700 blocks=1 frames=after_context:gone,main
 * expect: totals.registered allocations=6 frees=3 live_bytes=1730 live_blocks=3
 */
#include "cuda_way.h"
#include <leakscope/leakscope.h>

static char memory[5][8192] __attribute__((aligned(4096)));

static NOINLINE char *block(void)
{
	return aligned_alloc(4096, 8192); /* LEAK:host */
}

static NOINLINE void leak(void)
{
	OK(CU(cuMemHostRegister_v2)(keep(block()), 1000, 0)); /* LEAK:plain */
}

static NOINLINE void leak_scoped(void)
{
	leakscope_scope_t work = leakscope_scope_open("work");
	OK(CU(cuMemHostRegister_v2)(memory[0], 30, CU_MEMHOSTREGISTER_PORTABLE)); /* LEAK:scoped */
	leakscope_scope_close(work);
}

static CUresult release(uint64_t p)
{
	return CU(cuMemHostUnregister)((void *)(uintptr_t)p);
}

static NOINLINE void clean(void)
{
	OK(CU(cuMemHostRegister_v2)(memory[1], 5000, 0));
	OK(release((uintptr_t)memory[1]));
}

static NOINLINE void twice(void)
{
	OK(CU(cuMemHostRegister_v2)(memory[2], 77, 0));
	OK(release((uintptr_t)memory[2]));
	CHECK(release((uintptr_t)memory[2]) != CUDA_SUCCESS);
}

static NOINLINE void by_another(void)
{
	OK(CU(cuMemHostRegister_v2)(memory[3], 88, 0));
	OK(elsewhere(release, (uintptr_t)memory[3]));
}

static NOINLINE void after_context(void)
{
	CUcontext context = way_context(0);
	OK(CU(cuMemHostRegister_v2)(memory[4], 700, 0)); /* LEAK:gone */
	OK(CU(cuCtxDestroy_v2)(context));
	OK(CU(cuCtxSetCurrent)(way_first));
	CHECK(release((uintptr_t)memory[4]) != CUDA_SUCCESS);
}

int main(void)
{
	leak(); /* AT:call */
	leak_scoped();
	clean();
	twice();
	by_another();
	after_context();
	return 0;
}
