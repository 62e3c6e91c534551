/* SPDX-License-Identifier: MIT */
/* Mapped memory, IPC and external memory in the simulated driver. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "simcuda_test.h"

static const CUmemAllocationProp on_device = {.type = CU_MEM_ALLOCATION_TYPE_PINNED,
					      .requestedHandleTypes =
						      CU_MEM_HANDLE_TYPE_POSIX_FILE_DESCRIPTOR,
					      .location = {CU_MEM_LOCATION_TYPE_DEVICE, 0}};
static const CUmemAccessDesc usable = {{CU_MEM_LOCATION_TYPE_DEVICE, 0},
				       CU_MEM_ACCESS_FLAGS_PROT_READWRITE};

static void lives_by_references_and_mappings(void **state)
{
	(void)state;
	CUcontext c = context_on(0);
	size_t before = used(), granule;
	CUmemGenericAllocationHandle h, again;
	CUdeviceptr p;
	char out[4] = "";
	OK(cuMemGetAllocationGranularity(&granule, &on_device, CU_MEM_ALLOC_GRANULARITY_MINIMUM));
	FAILS(cuMemCreate(&h, granule + 1, &on_device, 0), INVALID_VALUE);
	OK(cuMemCreate(&h, 2 * granule, &on_device, 0));
	OK(cuMemAddressReserve(&p, 4 * granule, 0, 0, 0));
	OK(cuMemMap(p, 2 * granule, 0, h, 0));
	FAILS(cuMemMap(p + granule, granule, 0, h, 0), INVALID_VALUE); /* taken */
	FAILS(cuMemcpyHtoD(p, "abc", 4), INVALID_VALUE);               /* no access yet */
	OK(cuMemSetAccess(p, 2 * granule, &usable, 1));
	OK(cuMemcpyHtoD(p + granule, "abc", 4));
	OK(cuMemMap(p + 2 * granule, 2 * granule, 0, h, 0)); /* the same memory twice */
	OK(cuMemSetAccess(p + 2 * granule, 2 * granule, &usable, 1));
	OK(cuMemcpyDtoH(out, p + 3 * granule, 4));
	assert_string_equal(out, "abc");
	OK(cuMemRelease(h));
	FAILS(cuMemRelease(h), INVALID_VALUE);
	assert_int_equal(used() - before, 2 * granule);
	OK(cuMemRetainAllocationHandle(&again, (void *)(uintptr_t)(p + 100)));
	assert_true(again == h);
	FAILS(cuMemFree(p), INVALID_VALUE);
	FAILS(cuMemUnmap(p, granule), INVALID_VALUE); /* not a whole mapping */
	FAILS(cuMemAddressFree(p, 4 * granule), INVALID_VALUE);
	OK(cuMemUnmap(p, 4 * granule)); /* both at once */
	assert_int_equal(used() - before, 2 * granule);
	OK(cuMemRelease(h));
	assert_int_equal(used(), before);
	FAILS(cuMemUnmap(p, 2 * granule), INVALID_VALUE);
	FAILS(cuMemAddressFree(p, granule), INVALID_VALUE);
	OK(cuMemAddressFree(p, 4 * granule));
	FAILS(cuMemAddressFree(p, 4 * granule), INVALID_VALUE);
	OK(cuCtxDestroy(c));
}

static void needs_no_context_and_outlives_it(void **state)
{
	(void)state;
	CUcontext c = context_on(0);
	size_t before = used();
	CUmemGenericAllocationHandle h;
	OK(cuCtxDestroy(c));
	OK(cuMemCreate(&h, 2 * MIB, &on_device, 0));
	c = context_on(0);
	OK(cuCtxDestroy(c));
	c = context_on(0);
	assert_int_equal(used() - before, 2 * MIB);
	OK(cuMemRelease(h));
	assert_int_equal(used(), before);
	OK(cuCtxDestroy(c));
}

static void goes_through_a_descriptor(void **state)
{
	(void)state;
	CUcontext c = context_on(0);
	size_t before = used();
	CUmemGenericAllocationHandle h, other;
	int fd;
	OK(cuMemCreate(&h, 2 * MIB, &on_device, 0));
	OK(cuMemExportToShareableHandle(&fd, h, CU_MEM_HANDLE_TYPE_POSIX_FILE_DESCRIPTOR, 0));
	OK(cuMemImportFromShareableHandle(&other, (void *)(intptr_t)fd,
					  CU_MEM_HANDLE_TYPE_POSIX_FILE_DESCRIPTOR));
	close(fd);
	OK(cuMemRelease(h));
	assert_int_equal(used() - before, 2 * MIB);
	OK(cuMemRelease(other));
	assert_int_equal(used(), before);
	OK(cuCtxDestroy(c));
}

static void ipc_in_a_process(void **state)
{
	(void)state;
	CUcontext c = context_on(0);
	CUdeviceptr small, p, a, b;
	CUipcMemHandle handle;
	char out[6] = "";
	size_t before = used();
	OK(cuMemAlloc(&small, 512));
	OK(cuMemAlloc(&p, 10000));
	OK(cuMemcpyHtoD(p + 5000, "hello", 6));
	OK(cuIpcGetMemHandle(&handle, p));
	OK(cuIpcOpenMemHandle(&a, handle, CU_IPC_MEM_LAZY_ENABLE_PEER_ACCESS));
	OK(cuIpcOpenMemHandle(&b, handle, CU_IPC_MEM_LAZY_ENABLE_PEER_ACCESS));
	assert_true(a == b && a != p);
	OK(cuMemcpyDtoH(out, a + 5000, 6));
	assert_string_equal(out, "hello");
	FAILS(cuMemFree(a), INVALID_VALUE);
	OK(cuIpcCloseMemHandle(a));
	OK(cuMemcpyDtoH(out, a, 6));
	OK(cuIpcCloseMemHandle(a));
	FAILS(cuIpcCloseMemHandle(a), INVALID_VALUE);
	OK(cuMemFree(p));
	OK(cuMemFree(small));
	assert_int_equal(used(), before);
	OK(cuCtxDestroy(c));
}

/* This program again, as the one that opens what another process has made. */
static int open_there(const char *pipe_fd)
{
	CUipcMemHandle handle;
	CUcontext c;
	CUdeviceptr p;
	char out[6] = "";
	int fd = pipe_fd[0] - '0';
	return read(fd, &handle, sizeof handle) != sizeof handle || cuInit(0) ||
	       cuCtxCreate(&c, NULL, 0, 0) ||
	       cuIpcOpenMemHandle(&p, handle, CU_IPC_MEM_LAZY_ENABLE_PEER_ACCESS) ||
	       cuMemcpyDtoH(out, p, 6) || strcmp(out, "there") || cuMemcpyHtoD(p, "back!", 6) ||
	       cuIpcCloseMemHandle(p);
}

static void ipc_between_processes(void **state)
{
	(void)state;
	CUcontext c = context_on(0);
	CUdeviceptr p;
	CUipcMemHandle handle;
	int ends[2], status = -1;
	char out[6] = "", name[2] = "";
	OK(cuMemAlloc(&p, 100));
	OK(cuMemcpyHtoD(p, "there", 6));
	OK(cuIpcGetMemHandle(&handle, p));
	assert_int_equal(pipe(ends), 0);
	assert_true(ends[0] < 10);
	name[0] = (char)('0' + ends[0]);
	pid_t child = fork();
	if (!child) {
		execl("/proc/self/exe", "opener", name, (char *)NULL);
		_exit(9);
	}
	assert_int_equal(write(ends[1], &handle, sizeof handle), sizeof handle);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	OK(cuMemcpyDtoH(out, p, 6));
	assert_string_equal(out, "back!");
	close(ends[0]);
	close(ends[1]);
	OK(cuCtxDestroy(c));
}

static void external_memory(void **state)
{
	(void)state;
	CUcontext c = context_on(0);
	CUexternalMemory memory;
	CUexternalSemaphore semaphore;
	CUdeviceptr p;
	char out[5] = "";
	int fd = (int)syscall(SYS_memfd_create, "external", 1u);
	assert_int_equal(ftruncate(fd, 8192), 0);
	assert_int_equal(pwrite(fd, "file", 5, 4096), 5);
	CUDA_EXTERNAL_MEMORY_HANDLE_DESC d = {
		.type = CU_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD, .handle.fd = fd, .size = 8192};
	OK(cuImportExternalMemory(&memory, &d));
	CUDA_EXTERNAL_MEMORY_BUFFER_DESC b = {.offset = 4096, .size = 4096};
	OK(cuExternalMemoryGetMappedBuffer(&p, memory, &b));
	OK(cuMemcpyDtoH(out, p, 5));
	assert_string_equal(out, "file");
	OK(cuMemFree(p));
	OK(cuDestroyExternalMemory(memory));
	FAILS(cuDestroyExternalMemory(memory), INVALID_HANDLE);
	CUDA_EXTERNAL_SEMAPHORE_HANDLE_DESC s = {
		.type = CU_EXTERNAL_SEMAPHORE_HANDLE_TYPE_OPAQUE_FD, .handle.fd = -1};
	OK(cuImportExternalSemaphore(&semaphore, &s));
	OK(cuDestroyExternalSemaphore(semaphore));
	OK(cuCtxDestroy(c));
}

static int imported(CUexternalMemory *memory)
{
	int fd = (int)syscall(SYS_memfd_create, "external", 1u);
	OK(cuImportExternalMemory(memory, &(CUDA_EXTERNAL_MEMORY_HANDLE_DESC){
						  .type = CU_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD,
						  .handle.fd = fd,
						  .size = 4096}));
	return fd;
}

static int imported_semaphore(CUexternalSemaphore *semaphore)
{
	int fd = (int)syscall(SYS_memfd_create, "semaphore", 1u);
	OK(cuImportExternalSemaphore(
		semaphore,
		&(CUDA_EXTERNAL_SEMAPHORE_HANDLE_DESC){
			.type = CU_EXTERNAL_SEMAPHORE_HANDLE_TYPE_OPAQUE_FD, .handle.fd = fd}));
	return fd;
}

static void is_closed(int fd)
{
	assert_int_equal(fcntl(fd, F_GETFD), -1);
	assert_int_equal(errno, EBADF);
}

/* They are the driver's from the import on, which closes them with what it made of them. */
static void descriptors_are_closed(void **state)
{
	(void)state;
	CUcontext c = context_on(0);
	CUexternalMemory memory;
	CUexternalSemaphore semaphore;
	int fd = imported(&memory);
	OK(cuDestroyExternalMemory(memory));
	is_closed(fd);
	fd = imported_semaphore(&semaphore);
	OK(cuDestroyExternalSemaphore(semaphore));
	is_closed(fd);
	int first = imported(&memory), second = imported_semaphore(&semaphore);
	OK(cuCtxDestroy(c));
	is_closed(first);
	is_closed(second);
}

int main(int argc, char **argv)
{
	if (argc > 1)
		return open_there(argv[1]);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lives_by_references_and_mappings),
		cmocka_unit_test(needs_no_context_and_outlives_it),
		cmocka_unit_test(goes_through_a_descriptor),
		cmocka_unit_test(ipc_in_a_process),
		cmocka_unit_test(ipc_between_processes),
		cmocka_unit_test(external_memory),
		cmocka_unit_test(descriptors_are_closed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
