/* SPDX-License-Identifier: MIT */
/*
 * A child that reaches the driver by itself, and the same program started anew: each has
 * its device memory in a recording of its own.
 *
 * cuda: linked, dlsym, replay
 * variants: gcc:-O0
 * children: 2
 * expect: leak own kind=device memory=device bytes=100 blocks=1 top=cuMemAlloc frames=work:work,main:parent
 * expect@child: leak forked kind=device memory=device bytes=200 blocks=1 top=cuMemAlloc frames=work:work,main:forked
 * expect@child: leak started kind=device memory=device bytes=300 blocks=1 top=cuMemAlloc frames=work:work,main:started
 */
#define WAY_BY_HAND
#include "cuda_way.h"
#include <sys/wait.h>

static NOINLINE void work(size_t bytes)
{
	CUdeviceptr p = 0;
	OK(CU(cuMemAlloc_v2)(&p, bytes)); /* LEAK:work */
	NO_TAIL();
}

static void wait_for(pid_t child)
{
	int status = 0;
	CHECK(child > 0 && waitpid(child, &status, 0) == child);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

int main(int argc, char **argv)
{
	if (argc > 1) {
		way_start();
		work(300); /* AT:started */
		return 0;
	}
	pid_t child = fork();
	if (child == 0) {
		way_start();
		work(200); /* AT:forked */
		exit(0);
	}
	wait_for(child);
	way_start();
	work(100); /* AT:parent */
	child = fork();
	if (child == 0) {
		execl(argv[0], argv[0], "again", (char *)NULL);
		_exit(1);
	}
	wait_for(child);
	return 0;
}
