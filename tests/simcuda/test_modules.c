/* SPDX-License-Identifier: MIT */
/* Modules, libraries, linking and launches in the simulated driver. */
#include <string.h>

#include "simcuda_test.h"

static const char text[] =
	"//\n.version 8.0\n.target sm_80\n.address_size 64\n"
	".visible .global .align 4 .b8 table[400];\n.global .u32 counter = 1;\n"
	"// .entry commented(.param .u8 a)\n"
	".visible .entry scale(\n\t.param .u64 .ptr .global .align 16 scale_param_0,\n"
	"\t.param .f32 scale_param_1,\n\t.param .u32 scale_param_2\n)\n"
	"{\n\tld.global.f32 %f1, [%rd1];\n\tret;\n}\n"
	".entry mixed(.param .u8 a, .param .align 8 .b8 b[20], .param .u16 c)\n{ ret; }\n"
	".entry no_twin()\n{ ret; }\n";

static void module(void **state)
{
	(void)state;
	CUcontext c = context_on(0);
	CUmodule m, of;
	CUfunction f, again;
	CUdeviceptr p, table, same;
	size_t bytes, before = used();
	unsigned count;
	const char *name;
	float factor = 3, out[100];
	unsigned n = 100;
	FAILS(cuModuleLoadData(&m, "no code of any kind"), INVALID_IMAGE);
	OK(cuModuleLoadData(&m, text));
	assert_true(used() > before);
	OK(cuModuleGetFunction(&f, m, "scale"));
	OK(cuModuleGetFunction(&again, m, "scale"));
	assert_true(f == again);
	FAILS(cuModuleGetFunction(&again, m, "no_twin"), NOT_FOUND);
	FAILS(cuModuleGetFunction(&again, m, "not_in_the_text"), NOT_FOUND);
	FAILS(cuModuleGetFunction(&again, m, "scal"), NOT_FOUND);
	OK(cuModuleGetFunctionCount(&count, m));
	OK(cuFuncGetModule(&of, f));
	assert_true(of == m);
	OK(cuFuncGetName(&name, f));
	assert_string_equal(name, "scale");
	OK(cuModuleGetGlobal(&table, &bytes, m, "table"));
	assert_int_equal(bytes, 400);
	OK(cuModuleGetGlobal(&same, NULL, m, "table"));
	assert_true(same == table);
	OK(cuModuleGetGlobal(&same, &bytes, m, "counter"));
	assert_int_equal(bytes, 4);
	FAILS(cuModuleGetGlobal(&same, &bytes, m, "absent"), NOT_FOUND);
	OK(cuMemAlloc(&p, sizeof out));
	for (int i = 0; i < 100; i++)
		out[i] = (float)i;
	OK(cuMemcpyHtoD(p, out, sizeof out));
	void *params[] = {&p, &factor, &n};
	OK(cuLaunchKernel(f, 4, 1, 1, 32, 1, 1, 0, NULL, params, NULL));
	OK(cuMemcpyDtoH(out, p, sizeof out));
	assert_true(out[10] == 30 && out[99] == 300);
	/* The same arguments as one buffer. */
	struct {
		CUdeviceptr p;
		float factor;
		unsigned n;
	} packed = {p, 1, 100};
	size_t size = sizeof packed;
	void *extra[] = {CU_LAUNCH_PARAM_BUFFER_POINTER, &packed, CU_LAUNCH_PARAM_BUFFER_SIZE,
			 &size, CU_LAUNCH_PARAM_END};
	OK(cuLaunchKernel(f, 4, 1, 1, 32, 1, 1, 0, NULL, NULL, extra));
	OK(cuMemcpyDtoH(out, p, sizeof out));
	assert_true(out[99] == 303);
	FAILS(cuLaunchKernel(f, 4, 1, 1, 2048, 1, 1, 0, NULL, params, NULL), INVALID_VALUE);
	FAILS(cuLaunchKernel(f, 4, 1, 1, 32, 1, 1, 0, NULL, NULL, NULL), INVALID_VALUE);
	FAILS(cuLaunchKernel((CUfunction)(void *)m, 4, 1, 1, 32, 1, 1, 0, NULL, params, NULL),
	      INVALID_HANDLE);
	OK(cuMemFree(p));
	OK(cuModuleUnload(m));
	FAILS(cuModuleUnload(m), INVALID_HANDLE);
	FAILS(cuLaunchKernel(f, 4, 1, 1, 32, 1, 1, 0, NULL, params, NULL), INVALID_HANDLE);
	assert_int_equal(used(), before);
	OK(cuCtxDestroy(c));
}

static void parameters(void **state)
{
	(void)state;
	CUcontext c = context_on(0);
	CUlibrary l;
	CUkernel k;
	size_t offset, size;
	OK(cuLibraryLoadData(&l, text, NULL, NULL, 0, NULL, NULL, 0));
	OK(cuLibraryGetKernel(&k, l, "scale"));
	OK(cuKernelGetParamInfo(k, 2, &offset, &size));
	assert_true(offset == 12 && size == 4);
	FAILS(cuKernelGetParamInfo(k, 3, &offset, &size), INVALID_VALUE);
	OK(cuLibraryUnload(l));
	OK(cuCtxDestroy(c));
}

static void library(void **state)
{
	(void)state;
	CUlibrary l, of;
	CUkernel k;
	CUfunction f;
	CUmodule m;
	CUdeviceptr p;
	float factor = 2, one = 1;
	unsigned n = 1;
	OK(cuInit(0));
	OK(cuLibraryLoadData(&l, text, NULL, NULL, 0, NULL, NULL, 0)); /* without a context */
	CUcontext c = context_on(0);
	OK(cuLibraryGetKernel(&k, l, "scale"));
	OK(cuKernelGetLibrary(&of, k));
	assert_true(of == l);
	OK(cuKernelGetFunction(&f, k));
	OK(cuLibraryGetModule(&m, l));
	FAILS(cuModuleUnload(m), NOT_PERMITTED);
	OK(cuMemAlloc(&p, 4));
	OK(cuMemcpyHtoD(p, &one, 4));
	void *params[] = {&p, &factor, &n};
	OK(cuLaunchKernel(f, 1, 1, 1, 1, 1, 1, 0, NULL, params, NULL));
	OK(cuLaunchKernel((CUfunction)(void *)k, 1, 1, 1, 1, 1, 1, 0, NULL, params, NULL));
	CUlaunchConfig config = {.gridDimX = 1,
				 .gridDimY = 1,
				 .gridDimZ = 1,
				 .blockDimX = 1,
				 .blockDimY = 1,
				 .blockDimZ = 1};
	OK(cuLaunchKernelEx(&config, f, params, NULL));
	OK(cuMemcpyDtoH(&one, p, 4));
	assert_true(one == 8);
	OK(cuCtxDestroy(c)); /* its module goes, the library stays */
	OK(cuLibraryGetKernel(&k, l, "scale"));
	OK(cuLibraryUnload(l));
	FAILS(cuLibraryUnload(l), INVALID_HANDLE);
}

/* Images that are no text have every kernel they are asked for. */
static void binary(void **state)
{
	(void)state;
	CUcontext c = context_on(0);
	static const unsigned fat[64] = {0xba55ed50};
	CUmodule m;
	CUfunction f;
	CUdeviceptr p;
	float factor = 2, value = 1;
	unsigned n = 1;
	OK(cuModuleLoadFatBinary(&m, fat));
	OK(cuModuleGetFunction(&f, m, "whatever"));
	OK(cuLaunchKernel(f, 1, 1, 1, 1, 1, 1, 0, NULL, NULL, NULL));
	OK(cuModuleGetFunction(&f, m, "scale"));
	OK(cuMemAlloc(&p, 4));
	OK(cuMemcpyHtoD(p, &value, 4));
	void *params[] = {&p, &factor, &n};
	OK(cuLaunchKernel(f, 1, 1, 1, 1, 1, 1, 0, NULL, params, NULL));
	OK(cuMemcpyDtoH(&value, p, 4));
	assert_true(value == 2);
	OK(cuModuleUnload(m));
	OK(cuCtxDestroy(c));
}

static void linker(void **state)
{
	(void)state;
	CUcontext c = context_on(0);
	CUlinkState link;
	CUmodule m;
	CUfunction f;
	void *image;
	size_t bytes;
	char copy[sizeof text];
	memcpy(copy, text, sizeof text);
	OK(cuLinkCreate(0, NULL, NULL, &link));
	OK(cuLinkAddData(link, CU_JIT_INPUT_PTX, copy, sizeof copy, "a", 0, NULL, NULL));
	OK(cuLinkComplete(link, &image, &bytes));
	OK(cuModuleLoadData(&m, image));
	OK(cuLinkDestroy(link));
	FAILS(cuLinkDestroy(link), INVALID_HANDLE);
	OK(cuModuleGetFunction(&f, m, "scale"));
	OK(cuCtxDestroy(c));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(module), cmocka_unit_test(parameters), cmocka_unit_test(library),
		cmocka_unit_test(binary), cmocka_unit_test(linker),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
