/* SPDX-License-Identifier: MIT */
/* How the simulated driver's functions are found: exports, versions, flags. */
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include "simcuda_test.h"

enum { LEGACY, PTSZ, PTDS };
static const struct {
	const char *base, *symbol;
	int version, mode;
} table[] = {
#define SIM_EXPORT(base, symbol, version, mode) {#base, #symbol, version, mode},
#include "exports.h"
};
enum { COUNT = sizeof table / sizeof *table };

static void *driver;

static void *ask(const char *name, int version, uint64_t flags, int *status)
{
	void *p = (void *)1;
	CUdriverProcAddressQueryResult s = (CUdriverProcAddressQueryResult)77;
	OK(cuGetProcAddress(name, &p, version, flags, &s));
	if (status)
		*status = (int)s;
	assert_true((s == CU_GET_PROC_ADDRESS_SUCCESS) == (p != NULL));
	return p;
}

static void everything_is_exported(void **state)
{
	(void)state;
	for (int i = 0; i < COUNT; i++) {
		Dl_info info;
		void *p = dlsym(driver, table[i].symbol);
		assert_non_null(p);
		assert_true(dladdr(p, &info) && strstr(info.dli_fname, "libcuda.so"));
		assert_string_equal(info.dli_sname, table[i].symbol);
	}
}

/* Each variant by the version that brought it and the flag for its kind. */
static void every_variant_is_found(void **state)
{
	(void)state;
	for (int i = 0; i < COUNT; i++) {
		uint64_t flag = table[i].mode == LEGACY
					? CU_GET_PROC_ADDRESS_LEGACY_STREAM
					: CU_GET_PROC_ADDRESS_PER_THREAD_DEFAULT_STREAM;
		void *expected = dlsym(driver, table[i].symbol);
		/* Where several came with the same version the newest has it. */
		for (int j = i + 1; j < COUNT && !strcmp(table[j].base, table[i].base); j++) {
			if (table[j].version == table[i].version && table[j].mode == table[i].mode)
				expected = dlsym(driver, table[j].symbol);
		}
		assert_ptr_equal(ask(table[i].base, table[i].version, flag, NULL), expected);
	}
}

static void versions_and_flags(void **state)
{
	(void)state;
	int status;
	void *p;
#define IS(name, version, flags, symbol)                                                           \
	assert_ptr_equal(ask(name, version, flags, &status), dlsym(driver, symbol))
	IS("cuMemAlloc", 2000, 0, "cuMemAlloc");
	IS("cuMemAlloc", 3010, 0, "cuMemAlloc");
	IS("cuMemAlloc", 3020, 0, "cuMemAlloc_v2");
	IS("cuMemAlloc", 13000, 0, "cuMemAlloc_v2");
	IS("cuMemAlloc", 13000, 2, "cuMemAlloc_v2"); /* none for threads: the other one */
	IS("cuCtxCreate", 11040, 0, "cuCtxCreate_v3");
	IS("cuCtxCreate", 13000, 0, "cuCtxCreate_v4");
	IS("cuMemFreeAsync", 13000, 0, "cuMemFreeAsync");
	IS("cuMemFreeAsync", 13000, 2, "cuMemFreeAsync_ptsz");
	IS("cuMemcpyHtoD", 6050, 2, "cuMemcpyHtoD_v2"); /* before there were any for threads */
	IS("cuMemcpyHtoD", 7000, 2, "cuMemcpyHtoD_v2_ptds");
	IS("cuStreamGetCaptureInfo", 11030, 2, "cuStreamGetCaptureInfo_v2_ptsz");
	IS("cuDevicePrimaryCtxRelease", 7000, 0, "cuDevicePrimaryCtxRelease");
	assert_null(ask("cuMemAllocAsync", 11010, 0, &status));
	assert_int_equal(status, CU_GET_PROC_ADDRESS_VERSION_NOT_SUFFICIENT);
	assert_null(ask("cuMemAlloc_v2", 13000, 0, &status)); /* base names alone */
	assert_int_equal(status, CU_GET_PROC_ADDRESS_SYMBOL_NOT_FOUND);
	assert_null(ask("", 0, 0, &status));
	FAILS(cuGetProcAddress("cuInit", &p, 99000, 0, NULL), INVALID_VALUE);
	FAILS(cuGetProcAddress("cuInit", &p, 13000, 8, NULL), INVALID_VALUE);
	FAILS(cuGetProcAddress(NULL, &p, 13000, 0, NULL), INVALID_VALUE);
	FAILS(cuGetProcAddress("cuInit", NULL, 13000, 0, NULL), INVALID_VALUE);
#undef cuGetProcAddress
	OK(cuGetProcAddress("cuMemAlloc", &p, 3020, 0));
	assert_ptr_equal(p, dlsym(driver, "cuMemAlloc_v2"));
	FAILS(cuGetProcAddress("cuNothing", &p, 3020, 0), NOT_FOUND);
#define cuGetProcAddress cuGetProcAddress_v2
}

static void what_is_not_simulated_says_so(void **state)
{
	(void)state;
	CUresult (*create)(void *) = (CUresult(*)(void *))ask("cuTexRefCreate", 13000, 0, NULL);
	void *reference;
	FAILS(create(&reference), NOT_SUPPORTED);
}

static void errors_have_names(void **state)
{
	(void)state;
	const char *name;
	OK(cuGetErrorName(CUDA_ERROR_DEINITIALIZED, &name));
	assert_string_equal(name, "CUDA_ERROR_DEINITIALIZED");
	FAILS(cuGetErrorName((CUresult)12345, &name), INVALID_VALUE);
	assert_null(name);
}

/* The toolkit's stand-in for linking exports what a driver does. */
static void exports_are_those_of_a_driver(void **state)
{
	(void)state;
	void *stub = dlopen(getenv("CUDA_STUB"), RTLD_LAZY | RTLD_LOCAL);
	assert_non_null(stub);
	for (int i = 0; i < COUNT; i++)
		assert_non_null(dlsym(stub, table[i].symbol));
}

int main(void)
{
	driver = dlopen("libcuda.so.1", RTLD_LAZY | RTLD_NOLOAD);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything_is_exported),
		cmocka_unit_test(every_variant_is_found),
		cmocka_unit_test(versions_and_flags),
		cmocka_unit_test(what_is_not_simulated_says_so),
		cmocka_unit_test(errors_have_names),
	};
	const struct CMUnitTest with_toolkit[] = {cmocka_unit_test(exports_are_those_of_a_driver)};
	return getenv("CUDA_STUB") ? cmocka_run_group_tests(with_toolkit, NULL, NULL)
				   : cmocka_run_group_tests(tests, NULL, NULL);
}
