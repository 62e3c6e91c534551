/* SPDX-License-Identifier: MIT */
/* Streams, events and memory in stream order in the simulated driver. */
#include <unistd.h>

#include "simcuda_test.h"

static uint64_t pool_used(CUmemoryPool pool)
{
	uint64_t bytes;
	OK(cuMemPoolGetAttribute(pool, CU_MEMPOOL_ATTR_USED_MEM_CURRENT, &bytes));
	return bytes;
}

static void frees_late(void **state)
{
	(void)state;
	CUcontext c = context_on(0);
	CUstream s, other;
	CUdeviceptr p, q;
	CUmemoryPool pool;
	size_t before = used();
	OK(cuStreamCreate(&s, CU_STREAM_NON_BLOCKING));
	OK(cuStreamCreate(&other, CU_STREAM_NON_BLOCKING));
	OK(cuDeviceGetDefaultMemPool(&pool, 0));
	OK(cuMemAllocAsync(&p, MIB, s));
	assert_int_equal(pool_used(pool), MIB);
	OK(cuMemFreeAsync(p, s));
	assert_int_equal(used() - before, MIB); /* the stream has not come that far */
	FAILS(cuMemFreeAsync(p, s), INVALID_VALUE);
	FAILS(cuStreamQuery(s), NOT_READY);
	OK(cuStreamQuery(s));
	assert_int_equal(used(), before);
	assert_int_equal(pool_used(pool), 0);
	/* By an event of the stream, and by an allocation that needs the room. */
	CUevent e;
	OK(cuEventCreate(&e, 0));
	OK(cuMemAllocAsync(&p, MIB, s));
	OK(cuMemFreeAsync(p, s));
	OK(cuEventRecord(e, s));
	OK(cuEventSynchronize(e));
	assert_int_equal(used(), before);
	OK(cuMemAllocAsync(&p, 40 * MIB, s));
	OK(cuMemFreeAsync(p, s));
	OK(cuMemAllocAsync(&q, 40 * MIB, other));
	OK(cuMemFree(q)); /* a free in no stream does too */
	assert_int_equal(used(), before);
	FAILS(cuMemAllocAsync(&p, 0, s), INVALID_VALUE);
	FAILS(cuMemAllocAsync(&p, 100 * MIB, s), OUT_OF_MEMORY);
	OK(cuEventDestroy(e));
	FAILS(cuEventDestroy(e), INVALID_HANDLE);
	OK(cuStreamDestroy(s));
	FAILS(cuStreamDestroy(s), INVALID_HANDLE);
	FAILS(cuMemAllocAsync(&p, 10, s), INVALID_HANDLE);
	OK(cuCtxDestroy(c));
}

static void pools_end_with_their_memory(void **state)
{
	(void)state;
	CUcontext c = context_on(0);
	CUmemoryPool pool, standard;
	CUmemPoolProps props = {.allocType = CU_MEM_ALLOCATION_TYPE_PINNED,
				.handleTypes = CU_MEM_HANDLE_TYPE_POSIX_FILE_DESCRIPTOR,
				.location = {CU_MEM_LOCATION_TYPE_DEVICE, 0}};
	CUdeviceptr p;
	size_t before = used();
	OK(cuMemPoolCreate(&pool, &props));
	OK(cuDeviceSetMemPool(0, pool));
	OK(cuMemAllocAsync(&p, 1000, NULL));
	assert_int_equal(pool_used(pool), 1000);
	OK(cuMemPoolDestroy(pool));
	FAILS(cuMemPoolDestroy(pool), INVALID_VALUE);
	assert_int_equal(used() - before, 1024);
	OK(cuMemFreeAsync(p, NULL));
	OK(cuCtxSynchronize());
	assert_int_equal(used(), before);
	OK(cuDeviceGetMemPool(&pool, 0));
	OK(cuDeviceGetDefaultMemPool(&standard, 0));
	assert_true(pool == standard);
	FAILS(cuMemPoolDestroy(standard), INVALID_VALUE);
	OK(cuCtxDestroy(c));
}

static void pools_are_imported(void **state)
{
	(void)state;
	CUcontext c = context_on(0);
	CUmemoryPool pool, there;
	CUmemPoolProps props = {.allocType = CU_MEM_ALLOCATION_TYPE_PINNED,
				.handleTypes = CU_MEM_HANDLE_TYPE_POSIX_FILE_DESCRIPTOR,
				.location = {CU_MEM_LOCATION_TYPE_DEVICE, 0}};
	CUmemPoolPtrExportData data;
	CUdeviceptr p, q;
	char out[4] = "";
	int fd;
	OK(cuMemPoolCreate(&pool, &props));
	OK(cuMemAllocFromPoolAsync(&p, 1000, pool, NULL));
	OK(cuMemcpyHtoD(p, "abc", 4));
	OK(cuMemPoolExportToShareableHandle(&fd, pool, CU_MEM_HANDLE_TYPE_POSIX_FILE_DESCRIPTOR,
					    0));
	OK(cuMemPoolExportPointer(&data, p));
	OK(cuMemPoolImportFromShareableHandle(&there, (void *)(intptr_t)fd,
					      CU_MEM_HANDLE_TYPE_POSIX_FILE_DESCRIPTOR, 0));
	close(fd);
	OK(cuMemPoolImportPointer(&q, there, &data));
	assert_true(q != p);
	OK(cuMemcpyDtoH(out, q, 4));
	assert_string_equal(out, "abc");
	FAILS(cuMemAllocFromPoolAsync(&q, 10, there, NULL), INVALID_VALUE);
	OK(cuMemFreeAsync(q, NULL));
	OK(cuMemFree(p));
	OK(cuMemPoolDestroy(there));
	OK(cuMemPoolDestroy(pool));
	OK(cuCtxDestroy(c));
}

static void count_up(void *number)
{
	++*(int *)number;
}

static void callback(CUstream stream, CUresult error, void *number)
{
	(void)stream;
	*(int *)number += error ? 1000 : 10;
}

static void work_is_done(void **state)
{
	(void)state;
	CUcontext c = context_on(0);
	CUstream s;
	CUdeviceptr p;
	CUevent a, b;
	float ms = -1;
	int number = 0, *out;
	OK(cuStreamCreateWithPriority(&s, CU_STREAM_NON_BLOCKING, -1));
	OK(cuEventCreate(&a, 0));
	OK(cuEventCreate(&b, 0));
	FAILS(cuEventElapsedTime(&ms, a, b), INVALID_HANDLE);
	OK(cuMemHostAlloc((void **)&out, 4096, 0));
	OK(cuMemAllocAsync(&p, 4096, s));
	OK(cuEventRecord(a, s));
	OK(cuMemsetD32Async(p, 7, 1024, s));
	OK(cuMemcpyDtoHAsync(out, p, 4096, s));
	OK(cuLaunchHostFunc(s, count_up, &number));
	OK(cuStreamAddCallback(s, callback, &number, 0));
	OK(cuEventRecord(b, s));
	OK(cuStreamWaitEvent(s, b, 0));
	OK(cuStreamSynchronize(s));
	assert_int_equal(out[1023], 7);
	assert_int_equal(number, 11);
	OK(cuEventElapsedTime(&ms, a, b));
	assert_true(ms >= 0);
	OK(cuStreamWriteValue32(s, p, 42, 0));
	OK(cuMemcpyDtoH(out, p, 4));
	assert_int_equal(out[0], 42);
	OK(cuMemFreeHost(out));
	OK(cuMemFreeAsync(p, s));
	OK(cuCtxDestroy(c));
}

/* NULL is one stream for all threads, or one for each, as the variant has it. */
static void default_streams(void **state)
{
	(void)state;
	CUcontext c = context_on(0);
	CUdeviceptr p;
	unsigned long long legacy, thread, named;
	OK(cuStreamGetId(NULL, &legacy));
	OK(cuStreamGetId_ptsz(NULL, &thread));
	OK(cuStreamGetId(CU_STREAM_PER_THREAD, &named));
	assert_true(legacy != thread && thread == named);
	OK(cuMemAllocAsync_ptsz(&p, 100, NULL));
	OK(cuMemFreeAsync_ptsz(p, NULL));
	OK(cuStreamQuery(NULL));
	FAILS(cuStreamQuery_ptsz(NULL), NOT_READY);
	OK(cuStreamQuery_ptsz(NULL));
	OK(cuCtxDestroy(c));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frees_late),         cmocka_unit_test(pools_end_with_their_memory),
		cmocka_unit_test(pools_are_imported), cmocka_unit_test(work_is_done),
		cmocka_unit_test(default_streams),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
