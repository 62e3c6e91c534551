/* SPDX-License-Identifier: MIT */
/*
 * Whether a copy of the device pointer is left: in a global variable, only inside of it,
 * in a host block that is reachable, in one that is lost, nowhere.
 *
 * cuda: linked, dlsym, replay
 * variants: gcc:-O0,clang:-O2
 * expect: leak global kind=device memory=device orphaned=no bytes=1000 blocks=1 top=cuMemAlloc frames=lose:global,main
 * expect: leak nowhere kind=device memory=device orphaned=yes held_by_leak=no bytes=2000 blocks=1 top=cuMemAlloc frames=lose:nowhere,main
 * expect: leak reachable kind=device memory=device orphaned=no bytes=3000 blocks=1 top=cuMemAlloc frames=lose:reachable,main
 * expect: leak lost kind=device memory=device held_by_leak=yes bytes=4000 blocks=1 top=cuMemAlloc frames=lose:lost,main
 * expect: leak pool kind=device memory=pool orphaned=yes bytes=5000 blocks=1 top=cuMemAllocAsync frames=lose:pool,main
 * expect: leak lost_stream kind=device memory=handle orphaned=yes bytes=0 blocks=1 top=cuStreamCreate frames=lose:lost_stream,main
 * expect: leak kept_stream kind=device memory=handle orphaned=no bytes=0 blocks=1 top=cuStreamCreate frames=lose:kept_stream,main
 * expect: leak held_block kind=reachable bytes=32 blocks=1 frames=lose:held_block,main
 * expect: leak lost_block kind=definite bytes=48 blocks=1 frames=lose:lost_block,main
 */
#include "cuda_way.h"
#include "scan.h"

static volatile CUdeviceptr global;
static CUdeviceptr *volatile held;
static CUstream volatile stream;

static NOINLINE void lose(void)
{
	CUdeviceptr p = 0, *block = NULL;
	CUstream s = NULL;
	OK(CU(cuMemAlloc_v2)(&p, 1000)); /* LEAK:global */
	global = p;
	OK(CU(cuMemAlloc_v2)(&p, 2000)); /* LEAK:nowhere */
	OK(CU(cuMemAlloc_v2)(&p, 3000)); /* LEAK:reachable */
	held = malloc(32);               /* LEAK:held_block */
	held[1] = p;
	OK(CU(cuMemAlloc_v2)(&p, 4000)); /* LEAK:lost */
	block = malloc(48);              /* LEAK:lost_block */
	block[2] = p;
	keep(block);
	OK(CU(cuMemAllocAsync)(&p, 5000, NULL)); /* LEAK:pool */
	OK(CU(cuStreamCreate)(&s, 0));           /* LEAK:lost_stream */
	OK(CU(cuStreamCreate)(&s, 0));           /* LEAK:kept_stream */
	stream = s;
	s = NULL;
	p = 0;
	block = NULL;
	keep(&p);
	keep(&s);
	keep(&block);
}

int main(void)
{
	lose();
	wipe();
	return 0;
}
