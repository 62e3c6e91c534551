/* SPDX-License-Identifier: MIT */
/* Contexts of the simulated driver: the stack, teardown, primary and green ones. */
#include <pthread.h>
#include <string.h>

#include "simcuda_test.h"

static void stack(void **state)
{
	(void)state;
	CUcontext a = context_on(0), b = context_on(1), now, popped;
	CUdevice device;
	OK(cuCtxGetCurrent(&now));
	assert_true(now == b);
	OK(cuCtxPopCurrent(&popped));
	assert_true(popped == b);
	OK(cuCtxGetDevice(&device));
	assert_int_equal(device, 0);
	OK(cuCtxPushCurrent(b));
	OK(cuCtxSetCurrent(NULL));
	OK(cuCtxGetCurrent(&now));
	assert_true(now == a);
	OK(cuCtxDestroy(b));
	FAILS(cuCtxDestroy(b), INVALID_CONTEXT);
	FAILS(cuCtxSetCurrent(b), INVALID_CONTEXT);
	OK(cuCtxDestroy(a));
	OK(cuCtxGetCurrent(&now));
	assert_null(now);
}

static void *destroy(void *context)
{
	OK(cuCtxDestroy(context));
	return NULL;
}

static void destroyed_by_another_thread(void **state)
{
	(void)state;
	CUcontext c = context_on(0), now;
	CUdeviceptr p;
	pthread_t thread;
	assert_int_equal(pthread_create(&thread, NULL, destroy, c), 0);
	pthread_join(thread, NULL);
	FAILS(cuMemAlloc(&p, 10), CONTEXT_IS_DESTROYED);
	OK(cuCtxPopCurrent(&now));
}

/* What cuMemAlloc and its kin gave goes with a context, what belongs to none does not. */
static void teardown(void **state)
{
	(void)state;
	CUcontext other = context_on(0), c = context_on(0);
	CUdeviceptr plain, managed, pooled, mapped;
	void *pinned;
	static char own[4096];
	CUstream stream;
	CUevent event;
	CUarray array;
	CUmemGenericAllocationHandle h;
	CUDA_ARRAY_DESCRIPTOR d = {10, 10, CU_AD_FORMAT_FLOAT, 1};
	CUmemAllocationProp prop = {.type = CU_MEM_ALLOCATION_TYPE_PINNED,
				    .location = {CU_MEM_LOCATION_TYPE_DEVICE, 0}};
	size_t before = used();
	OK(cuMemAlloc(&plain, MIB));
	OK(cuMemAllocManaged(&managed, 100, CU_MEM_ATTACH_GLOBAL));
	OK(cuMemAllocHost(&pinned, 100));
	OK(cuMemHostRegister(own, sizeof own, 0));
	OK(cuStreamCreate(&stream, 0));
	OK(cuEventCreate(&event, 0));
	OK(cuArrayCreate(&array, &d));
	OK(cuMemAllocAsync(&pooled, 3 * MIB, stream));
	OK(cuMemCreate(&h, 4 * MIB, &prop, 0));
	OK(cuMemAddressReserve(&mapped, 4 * MIB, 0, 0, 0));
	OK(cuCtxDestroy(c));
	assert_int_equal(used() - before + 2 * MIB, 7 * MIB); /* the context had 2 */
	FAILS(cuMemFree(plain), INVALID_VALUE);
	FAILS(cuMemFree(managed), INVALID_VALUE);
	FAILS(cuMemFreeHost(pinned), INVALID_VALUE);
	FAILS(cuMemHostUnregister(own), HOST_MEMORY_NOT_REGISTERED);
	FAILS(cuStreamDestroy(stream), INVALID_HANDLE);
	FAILS(cuEventDestroy(event), INVALID_HANDLE);
	FAILS(cuArrayDestroy(array), INVALID_HANDLE);
	OK(cuMemFree(pooled));
	OK(cuMemRelease(h));
	OK(cuMemAddressFree(mapped, 4 * MIB));
	OK(cuCtxDestroy(other));
}

static void primary(void **state)
{
	(void)state;
	CUcontext a, b;
	CUdeviceptr p;
	unsigned flags;
	int active;
	OK(cuInit(0));
	OK(cuDevicePrimaryCtxGetState(1, &flags, &active));
	assert_false(active);
	FAILS(cuDevicePrimaryCtxRelease(1), INVALID_CONTEXT);
	OK(cuDevicePrimaryCtxRetain(&a, 1));
	OK(cuDevicePrimaryCtxRetain(&b, 1));
	assert_true(a == b);
	FAILS(cuCtxDestroy(a), INVALID_CONTEXT);
	OK(cuCtxSetCurrent(a));
	OK(cuMemAlloc(&p, 100));
	OK(cuDevicePrimaryCtxRelease(1));
	OK(cuMemFree(p));
	OK(cuMemAlloc(&p, 100));
	OK(cuDevicePrimaryCtxRelease(1)); /* the last: the memory is gone */
	FAILS(cuMemAlloc(&p, 100), CONTEXT_IS_DESTROYED);
	OK(cuDevicePrimaryCtxRetain(&a, 1));
	OK(cuCtxSetCurrent(a));
	FAILS(cuMemFree(p), INVALID_VALUE);
	OK(cuMemAlloc(&p, 100));
	OK(cuDevicePrimaryCtxReset(1));
	OK(cuDevicePrimaryCtxGetState(1, &flags, &active));
	assert_false(active);
	FAILS(cuMemFree(p), CONTEXT_IS_DESTROYED);
	OK(cuCtxPopCurrent(&b));
}

static void green(void **state)
{
	(void)state;
	CUdevResource all;
	CUdevResourceDesc desc;
	CUgreenCtx g;
	CUcontext c, popped;
	CUstream stream;
	CUdeviceptr p;
	OK(cuInit(0));
	OK(cuDeviceGetDevResource(0, &all, CU_DEV_RESOURCE_TYPE_SM));
	OK(cuDevResourceGenerateDesc(&desc, &all, 1));
	OK(cuGreenCtxCreate(&g, desc, 0, CU_GREEN_CTX_DEFAULT_STREAM));
	OK(cuGreenCtxStreamCreate(&stream, g, CU_STREAM_NON_BLOCKING, 0));
	OK(cuCtxFromGreenCtx(&c, g));
	OK(cuCtxPushCurrent(c));
	OK(cuMemAlloc(&p, 100));
	FAILS(cuCtxDestroy(c), INVALID_CONTEXT);
	OK(cuGreenCtxDestroy(g));
	FAILS(cuGreenCtxDestroy(g), INVALID_VALUE);
	FAILS(cuMemFree(p), CONTEXT_IS_DESTROYED);
	FAILS(cuStreamDestroy(stream), INVALID_HANDLE);
	OK(cuCtxPopCurrent(&popped));
}

static void devices(void **state)
{
	(void)state;
	CUuuid a, b;
	int count, major;
	char name[64];
	OK(cuInit(0));
	OK(cuDeviceGetCount(&count));
	assert_int_equal(count, 2);
	OK(cuDeviceGetUuid(&a, 0));
	OK(cuDeviceGetUuid(&b, 1));
	assert_memory_not_equal(&a, &b, sizeof a);
	OK(cuDeviceGetName(name, sizeof name, 1));
	assert_string_equal(name, "Simulated GPU");
	OK(cuDeviceGetAttribute(&major, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR, 0));
	assert_int_equal(major, 8);
	FAILS(cuDeviceGetAttribute(&major, CU_DEVICE_ATTRIBUTE_WARP_SIZE, 2), INVALID_DEVICE);
	CUcontext c;
	FAILS(cuCtxCreate(&c, NULL, 0, 2), INVALID_DEVICE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stack),    cmocka_unit_test(destroyed_by_another_thread),
		cmocka_unit_test(teardown), cmocka_unit_test(primary),
		cmocka_unit_test(green),    cmocka_unit_test(devices),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
