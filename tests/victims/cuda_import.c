/* SPDX-License-Identifier: MIT */
/*
 * Physical memory of another process, by a file descriptor: imported, mapped, its handle
 * released, and left mapped.
 *
 * cuda: all
 * variants: gcc:-O0
 * children: 1
 * expect: leak exported kind=device memory=vmm top=cuMemCreate bytes=2097152 blocks=1 frames=export:exported,main
 * expect@child: leak imported kind=device memory=vmm top=cuMemCreate|cuMemImportFromShareableHandle bytes=any blocks=1 frames=import:imported,main:left
 * expect@child: totals.vmm live_blocks=1 allocations=2 frees=1
 * expect@child: leak range kind=device memory=handle top=cuMemAddressReserve bytes=0 blocks=1 frames=import:reserved,main:left
 */
#define WAY_BY_HAND
#include "cuda_way.h"
#include <sys/wait.h>

#define FD CU_MEM_HANDLE_TYPE_POSIX_FILE_DESCRIPTOR
#define SIZE ((size_t)2 << 20)

static NOINLINE int export(void)
{
	CUmemGenericAllocationHandle handle = 0;
	CUmemAllocationProp prop;
	int fd = -1;
	memset(&prop, 0, sizeof(prop));
	prop.type = CU_MEM_ALLOCATION_TYPE_PINNED;
	prop.requestedHandleTypes = FD;
	prop.location.type = CU_MEM_LOCATION_TYPE_DEVICE;
	OK(CU(cuMemCreate)(&handle, SIZE, &prop, 0)); /* LEAK:exported */
	OK(CU(cuMemExportToShareableHandle)(&fd, handle, FD, 0));
	return fd;
}

static NOINLINE CUdeviceptr import(int fd)
{
	CUmemGenericAllocationHandle handle = 0;
	CUdeviceptr address = 0;
	OK(CU(cuMemImportFromShareableHandle)(&handle, (void *)(intptr_t)fd,
					      FD)); /* LEAK:imported */
	CHECK(handle);
	OK(CU(cuMemAddressReserve)(&address, SIZE, 0, 0, 0)); /* LEAK:reserved */
	OK(CU(cuMemMap)(address, SIZE, 0, handle, 0));
	OK(CU(cuMemRelease)(handle));
	return address;
}

int main(int argc, char **argv)
{
	char number[16];
	int status = 0;
	if (argc > 1) {
		way_start();
		CUdeviceptr address = import(atoi(argv[1]));
		OK(CU(cuMemUnmap)(address, SIZE));
		OK(CU(cuMemAddressFree)(address, SIZE));
		import(atoi(argv[1])); /* AT:left */
		return 0;
	}
	way_start();
	int fd = dup(export()); /* without FD_CLOEXEC */
	CHECK(fd >= 0 && snprintf(number, sizeof(number), "%d", fd) > 0);
	pid_t child = fork();
	CHECK(child >= 0);
	if (child == 0) {
		execl(argv[0], argv[0], number, (char *)NULL);
		_exit(1);
	}
	CHECK(waitpid(child, &status, 0) == child);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	return 0;
}
