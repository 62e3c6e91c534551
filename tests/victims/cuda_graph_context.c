/* SPDX-License-Identifier: MIT */
/*
 * Graphs do not go with the context that was current when they were made: one that is
 * destroyed after it is no leak, one that is not is left, not reclaimed.
 *
 * cuda: linked, replay
 * variants: gcc:-O0
 * gate: fail
 * expect: leak left kind=device memory=handle reclaimed=no bytes=0 blocks=1 top=cuGraphCreate frames=main:left
 */
#include "cuda_way.h"

int main(void)
{
	CUcontext context = way_context(0);
	CUgraph later = NULL, left = NULL;
	OK(CU(cuGraphCreate)(&later, 0));
	OK(CU(cuGraphCreate)(&left, 0)); /* LEAK:left */
	OK(CU(cuCtxDestroy_v2)(context));
	OK(CU(cuGraphDestroy)(later));
	return 0;
}
