/* SPDX-License-Identifier: MIT */
/*
 * A fork after the driver was initialised: the child inherits no device memory, and its
 * end takes nothing of its parent's.
 *
 * cuda: linked, dlsym, replay
 * variants: gcc:-O0
 * flags: --children all
 * children: 1
 * expect: leak parent kind=device memory=device bytes=1000 blocks=1 top=cuMemAlloc frames=main:parent
 * expect: totals.device allocations=2 frees=1 live_bytes=1000
 * expect@child: leak host memory=host bytes=20 blocks=1 frames=main:child
 * expect@child: totals.device allocations=0 live_bytes=0 live_blocks=0
 */
#include "cuda_way.h"
#include <sys/wait.h>

int main(void)
{
	CUdeviceptr p = 0;
	int status = 0;
	OK(CU(cuMemAlloc_v2)(&p, 1000)); /* LEAK:parent */
	pid_t child = fork();
	CHECK(child >= 0);
	if (child == 0) {
		keep(malloc(20)); /* LEAK:child */
		exit(0);
	}
	CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status));
	CHECK(WEXITSTATUS(status) == 0);
	OK(CU(cuMemAlloc_v2)(&p, 50));
	OK(CU(cuMemFree_v2)(p));
	return 0;
}
