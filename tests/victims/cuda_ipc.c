/* SPDX-License-Identifier: MIT */
/*
 * cuIpcOpenMemHandle counts: as many closes as opens. The memory is the parent's, opened
 * by a child.
 *
 * cuda: all
 * variants: gcc:-O0
 * children: 1
 * expect: leak source kind=device memory=device top=cuMemAlloc bytes=4096 blocks=1 frames=export:exported,main
 * expect@child: leak open kind=device memory=ipc top=cuIpcOpenMemHandle bytes=any blocks=1 frames=opened:open,leak:leak_open,child,main
 * expect@child: leak scoped kind=device memory=ipc top=cuIpcOpenMemHandle bytes=any blocks=1 scope=/work frames=opened:open,leak_scoped,child,main
 * expect@child: totals.ipc live_blocks=2
 */
#define WAY_BY_HAND
#include "cuda_way.h"
#include <leakscope/leakscope.h>
#include <sys/wait.h>

#define COUNT 4
static CUipcMemHandle handles[COUNT];

static NOINLINE CUdeviceptr opened(int which)
{
	CUdeviceptr p = 0;
	unsigned flags = CU_IPC_MEM_LAZY_ENABLE_PEER_ACCESS;
	OK(CU(cuIpcOpenMemHandle_v2)(&p, handles[which], flags)); /* LEAK:open */
	CHECK(p);
	return p;
}

static CUresult release(uint64_t p)
{
	return CU(cuIpcCloseMemHandle)(p);
}

/* Two opens of the same memory, one close. */
static NOINLINE void leak(void)
{
	CUdeviceptr p = opened(0); /* AT:leak_open */
	CHECK(opened(0) == p);
	OK(release(p));
}

static NOINLINE void leak_scoped(void)
{
	leakscope_scope_t work = leakscope_scope_open("work");
	opened(1);
	leakscope_scope_close(work);
}

static NOINLINE void clean(void)
{
	CUdeviceptr p = opened(2);
	CHECK(opened(2) == p && opened(2) == p);
	OK(release(p));
	OK(elsewhere(release, p));
	OK(release(p));
	CHECK(release(p) != CUDA_SUCCESS);
}

static NOINLINE void child(void)
{
	way_start();
	leak();
	leak_scoped();
	clean();
}

/* What is exported besides the first is released. */
static NOINLINE void export(CUdeviceptr *addresses)
{
	for (int i = 0; i < COUNT; i++) {
		OK(CU(cuMemAlloc_v2)(&addresses[i], 4096)); /* LEAK:exported */
		OK(CU(cuIpcGetMemHandle)(&handles[i], addresses[i]));
	}
}

int main(void)
{
	int ends[2], back[2], status = 0;
	char done = 0;
	CUdeviceptr addresses[COUNT] = {0};

	CHECK(pipe(ends) == 0 && pipe(back) == 0);
	pid_t pid = fork(); /* before the driver knows of this process */
	CHECK(pid >= 0);
	if (pid == 0) {
		CHECK(read(ends[0], handles, sizeof(handles)) == sizeof(handles));
		child();
		CHECK(write(back[1], &done, 1) == 1);
		exit(0);
	}
	way_start();
	export(addresses);
	CHECK(write(ends[1], handles, sizeof(handles)) == sizeof(handles));
	CHECK(close(back[1]) == 0);
	CHECK(read(back[0], &done, 1) == 1);
	CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0);
	for (int i = 1; i < COUNT; i++)
		OK(CU(cuMemFree_v2)(addresses[i]));
	return 0;
}
