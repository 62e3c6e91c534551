/* SPDX-License-Identifier: MIT */
/*
 * Scopes around device memory: what survives a close, what of it is released later, what
 * is moved to an owner.
 *
 * cuda: linked, dlsym, replay
 * variants: gcc:-O0,clang:-O2
 * expect: leak survivor kind=device memory=device bytes=3000 blocks=3 scope=/epoch/batch outlived=yes entries>=1 top=cuMemAlloc frames=batch:survivor,main
 * expect: leak moved kind=device memory=device bytes=500 blocks=1 scope=/owner outlived=yes top=cuMemAlloc frames=move:moved,main
 * expect: leak stream kind=device memory=handle bytes=0 blocks=1 scope=/epoch outlived=yes top=cuStreamCreate frames=main:stream
 * expect: leak pool kind=device memory=pool bytes=70 blocks=1 scope=/owner outlived=yes top=cuMemAllocAsync frames=move:moved_pool,main
 * expect: scope /epoch/batch parent=/epoch instances=3
 * expect: scope /epoch/batch outlived_blocks=6 outlived_freed_blocks=3 outlived_bytes=3600
 * expect: totals.device allocations=10 frees=6 live_bytes=3500 live_blocks=4
 */
#include "cuda_way.h"
#include <leakscope/leakscope.h>

static NOINLINE CUdeviceptr batch(void)
{
	CUdeviceptr p = 0, later = 0;
	leakscope_scope_t s = leakscope_scope_open("batch");
	OK(CU(cuMemAlloc_v2)(&p, 1000)); /* LEAK:survivor */
	OK(CU(cuMemAlloc_v2)(&p, 100));
	OK(CU(cuMemFree_v2)(p));
	OK(CU(cuMemAlloc_v2)(&later, 200));
	leakscope_scope_close(s);
	return later;
}

static NOINLINE void move(leakscope_scope_t owner)
{
	CUdeviceptr p = 0, q = 0;
	leakscope_scope_t s = leakscope_scope_open("temporary");
	OK(CU(cuMemAlloc_v2)(&p, 500));        /* LEAK:moved */
	OK(CU(cuMemAllocAsync)(&q, 70, NULL)); /* LEAK:moved_pool */
	leakscope_retag((void *)(uintptr_t)p, owner);
	leakscope_retag((void *)(uintptr_t)q, owner);
	leakscope_retag((void *)(uintptr_t)0x7f, owner);
	leakscope_scope_close(s);
}

int main(void)
{
	CUstream stream = NULL;
	leakscope_scope_t owner = leakscope_scope_new(0, "owner", LEAKSCOPE_MANAGER);
	leakscope_scope_t epoch = leakscope_scope_open("epoch");
	for (int i = 0; i < 3; i++)
		OK(CU(cuMemFree_v2)(batch()));
	OK(CU(cuStreamCreate)(&stream, 0)); /* LEAK:stream */
	leakscope_scope_close(epoch);
	move(owner);
	return 0;
}
