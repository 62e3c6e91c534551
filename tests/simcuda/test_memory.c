/* SPDX-License-Identifier: MIT */
/* The simulated driver's memory: device, pitched, pinned, managed, registered, arrays. */
#include <string.h>

#include "simcuda_test.h"

static void allocates_and_frees(void **state)
{
	(void)state;
	CUcontext c = context_on(0);
	CUdeviceptr p, q;
	size_t before = used();
	OK(cuMemAlloc(&p, 1000));
	OK(cuMemAlloc(&q, 5 * MIB));
	assert_int_equal(used() - before, 1024 + 5 * MIB);
	assert_int_equal(p % 512, 0);
	OK(cuMemFree(p));
	FAILS(cuMemFree(p), INVALID_VALUE);
	FAILS(cuMemFree(q + 512), INVALID_VALUE);
	FAILS(cuMemFree((CUdeviceptr)(uintptr_t)&p), INVALID_VALUE);
	OK(cuMemFree(0));
	OK(cuMemFree(q));
	assert_int_equal(used(), before);
	FAILS(cuMemAlloc(&p, 0), INVALID_VALUE);
	FAILS(cuMemAlloc(NULL, 10), INVALID_VALUE);
	OK(cuCtxDestroy(c));
	FAILS(cuMemAlloc(&p, 10), INVALID_CONTEXT);
}

static void runs_out(void **state)
{
	(void)state;
	CUcontext c = context_on(0);
	CUdeviceptr p[64], q;
	int n = 0;
	while (n < 64 && cuMemAlloc(&p[n], 4 * MIB) == CUDA_SUCCESS)
		n++;
	assert_int_equal(n, 15); /* 64 MiB less the context's 2 */
	FAILS(cuMemAlloc(&q, 4 * MIB), OUT_OF_MEMORY);
	FAILS(cuMemAlloc(&q, (size_t)-1), OUT_OF_MEMORY);
	OK(cuMemAlloc(&q, 2 * MIB));
	OK(cuMemFree(q));
	OK(cuMemFree(p[7]));
	OK(cuMemAlloc(&q, 4 * MIB));
	assert_true(q == p[7]); /* the lowest place that fits */
	OK(cuCtxDestroy(c));
	c = context_on(0);
	assert_int_equal(used(), 2 * MIB);
	OK(cuCtxDestroy(c));
}

static void keeps_bytes(void **state)
{
	(void)state;
	CUcontext c = context_on(0);
	unsigned char in[4096], out[4096];
	CUdeviceptr p, q, base;
	size_t pitch, bytes;
	for (size_t i = 0; i < sizeof in; i++)
		in[i] = (unsigned char)(i * 7);
	OK(cuMemAlloc(&p, sizeof in));
	OK(cuMemAlloc(&q, 2 * sizeof in));
	OK(cuMemcpyHtoD(p, in, sizeof in));
	OK(cuMemcpyDtoD(q + 512, p, sizeof in));
	OK(cuMemcpyDtoH(out, q + 512, sizeof in));
	assert_memory_equal(in, out, sizeof in);
	OK(cuMemsetD16(p, 0x1234, 8));
	OK(cuMemsetD32(p + 16, 0x01020304, 2));
	OK(cuMemcpyDtoH(out, p, 32));
	assert_int_equal(out[14], 0x34);
	assert_int_equal(out[20], 0x04);
	assert_int_equal(out[24], in[24]);
	FAILS(cuMemcpyHtoD(p + 4000, in, 200), INVALID_VALUE);
	FAILS(cuMemcpyDtoH(out, (CUdeviceptr)(uintptr_t)in, 16), INVALID_VALUE);
	FAILS(cuMemsetD8(q, 0, 3 * sizeof in), INVALID_VALUE);
	OK(cuMemGetAddressRange(&base, &bytes, q + 100));
	assert_true(base == q && bytes == 2 * sizeof in);
	OK(cuMemFree(q));
	FAILS(cuMemcpyDtoH(out, q, 16), INVALID_VALUE);
	OK(cuMemAllocPitch(&q, &pitch, 100, 10, 4));
	assert_int_equal(pitch, 512);
	CUDA_MEMCPY2D copy = {.srcMemoryType = CU_MEMORYTYPE_HOST,
			      .srcHost = in,
			      .srcPitch = 100,
			      .dstMemoryType = CU_MEMORYTYPE_DEVICE,
			      .dstDevice = q,
			      .dstPitch = pitch,
			      .WidthInBytes = 100,
			      .Height = 10};
	OK(cuMemcpy2D(&copy));
	OK(cuMemcpyDtoH(out, q + 3 * pitch, 100));
	assert_memory_equal(out, in + 300, 100);
	OK(cuCtxDestroy(c));
}

static void first_variants(void **state)
{
	(void)state;
	CUcontext c = context_on(1);
	CUdeviceptr_v1 p;
	char out[6];
#undef cuMemAlloc
#undef cuMemFree
#undef cuMemcpyHtoD
#undef cuMemcpyDtoH
	OK(cuMemAlloc(&p, 1000));
	OK(cuMemcpyHtoD(p, "hello", 6));
	OK(cuMemcpyDtoH(out, p, 6));
	assert_string_equal(out, "hello");
	OK(cuMemFree(p));
	FAILS(cuMemFree(p), INVALID_VALUE);
#define cuMemAlloc cuMemAlloc_v2
#define cuMemFree cuMemFree_v2
#define cuMemcpyHtoD cuMemcpyHtoD_v2
#define cuMemcpyDtoH cuMemcpyDtoH_v2
	OK(cuCtxDestroy(c));
}

static void host_memory(void **state)
{
	(void)state;
	CUcontext c = context_on(0);
	static char own[8192];
	void *p, *q;
	CUdeviceptr d, m;
	unsigned flags;
	size_t before = used();
	OK(cuMemAllocHost(&p, 1000));
	OK(cuMemHostAlloc(&q, 1000, CU_MEMHOSTALLOC_PORTABLE));
	strcpy(p, "pinned");
	OK(cuMemHostGetDevicePointer(&d, p, 0));
	OK(cuMemcpyDtoH(own, d, 7));
	assert_string_equal(own, "pinned");
	OK(cuMemHostGetFlags(&flags, q));
	assert_int_equal(flags, CU_MEMHOSTALLOC_PORTABLE);
	FAILS(cuMemFree((CUdeviceptr)(uintptr_t)p), INVALID_VALUE);
	OK(cuMemFreeHost(p));
	FAILS(cuMemFreeHost(p), INVALID_VALUE);
	OK(cuMemFreeHost(q));
	OK(cuMemAllocManaged(&m, 100, CU_MEM_ATTACH_GLOBAL));
	strcpy((char *)(uintptr_t)m, "managed");
	FAILS(cuMemFreeHost((void *)(uintptr_t)m), INVALID_VALUE);
	OK(cuMemFree(m));
	OK(cuMemHostRegister(own, sizeof own, 0));
	FAILS(cuMemHostRegister(own + 100, 10, 0), HOST_MEMORY_ALREADY_REGISTERED);
	FAILS(cuMemHostUnregister(own + 100), HOST_MEMORY_NOT_REGISTERED);
	OK(cuMemHostGetDevicePointer(&d, own + 5, 0));
	OK(cuMemHostUnregister(own));
	FAILS(cuMemHostUnregister(own), HOST_MEMORY_NOT_REGISTERED);
	assert_int_equal(used(), before);
	OK(cuCtxDestroy(c));
}

static void says_what_pointers_are(void **state)
{
	(void)state;
	CUcontext a = context_on(0), b = context_on(1), of;
	CUdeviceptr p, m;
	unsigned type;
	int device, managed;
	OK(cuMemAlloc(&p, 100));
	OK(cuMemAllocManaged(&m, 100, CU_MEM_ATTACH_GLOBAL));
	OK(cuPointerGetAttribute(&of, CU_POINTER_ATTRIBUTE_CONTEXT, p + 50));
	assert_true(of == b);
	OK(cuPointerGetAttribute(&device, CU_POINTER_ATTRIBUTE_DEVICE_ORDINAL, p));
	assert_int_equal(device, 1);
	OK(cuPointerGetAttribute(&type, CU_POINTER_ATTRIBUTE_MEMORY_TYPE, p));
	assert_int_equal(type, CU_MEMORYTYPE_DEVICE);
	OK(cuPointerGetAttribute(&managed, CU_POINTER_ATTRIBUTE_IS_MANAGED, m));
	assert_true(managed);
	FAILS(cuPointerGetAttribute(&type, CU_POINTER_ATTRIBUTE_MEMORY_TYPE,
				    (CUdeviceptr)(uintptr_t)&type),
	      INVALID_VALUE);
	/* Memory of one device may be freed while another one's context is current. */
	OK(cuCtxSetCurrent(a));
	OK(cuMemFree(p));
	OK(cuMemFree(m));
	OK(cuCtxDestroy(b));
	OK(cuCtxDestroy(a));
}

static void arrays(void **state)
{
	(void)state;
	CUcontext c = context_on(0);
	CUarray a, level;
	CUmipmappedArray m;
	CUtexObject t;
	CUsurfObject s;
	float in[10] = {1, 2, 3}, out[10];
	size_t before = used();
	CUDA_ARRAY_DESCRIPTOR d = {10, 10, CU_AD_FORMAT_FLOAT, 1}, told;
	OK(cuArrayCreate(&a, &d));
	OK(cuArrayGetDescriptor(&told, a));
	assert_int_equal(told.Height, 10);
	OK(cuMemcpyHtoA(a, 0, in, sizeof in));
	OK(cuMemcpyAtoH(out, a, 0, sizeof out));
	assert_memory_equal(in, out, sizeof in);
	CUDA_RESOURCE_DESC r = {.resType = CU_RESOURCE_TYPE_ARRAY, .res.array.hArray = a};
	CUDA_TEXTURE_DESC how = {0};
	OK(cuTexObjectCreate(&t, &r, &how, NULL));
	OK(cuSurfObjectCreate(&s, &r));
	OK(cuTexObjectDestroy(t));
	FAILS(cuTexObjectDestroy(t), INVALID_VALUE);
	OK(cuSurfObjectDestroy(s));
	OK(cuArrayDestroy(a));
	FAILS(cuArrayDestroy(a), INVALID_HANDLE);
	CUDA_ARRAY3D_DESCRIPTOR d3 = {64, 32, 0, CU_AD_FORMAT_UNSIGNED_INT8, 4, 0};
	OK(cuMipmappedArrayCreate(&m, &d3, 3));
	OK(cuMipmappedArrayGetLevel(&level, m, 2));
	OK(cuArrayGetDescriptor(&told, level));
	assert_int_equal(told.Width, 16);
	FAILS(cuArrayDestroy(level), INVALID_HANDLE);
	OK(cuMipmappedArrayDestroy(m));
	assert_int_equal(used(), before);
	OK(cuCtxDestroy(c));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(allocates_and_frees),
		cmocka_unit_test(runs_out),
		cmocka_unit_test(keeps_bytes),
		cmocka_unit_test(first_variants),
		cmocka_unit_test(host_memory),
		cmocka_unit_test(says_what_pointers_are),
		cmocka_unit_test(arrays),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
