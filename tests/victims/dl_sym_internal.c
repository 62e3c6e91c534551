/* SPDX-License-Identifier: MIT */
/*
 * cuGetProcAddress answers with functions that the driver doesn't export: what they are
 * is known by name, version and flags.  One of a version that nobody has heard of is
 * left alone, and a note says so.  Statuses, errors and NULL pass through.
 *
 * libs: -ldl
 * part: libcuda.so.1 from=driver_internal.c cflags="-shared -fPIC" libs=-Wl,-soname,libcuda.so.1
 * run: {build}/libcuda.so.1
 * expect: leak old bytes=1 blocks=1 memory=device frames=main:old top=cuMemAlloc
 * expect: leak new bytes=2 blocks=1 memory=device frames=main:new top=cuMemAlloc
 * expect: leak async bytes=4 blocks=1 memory=pool frames=main:async top=cuMemAllocAsync
 * expect: leak thread bytes=8 blocks=1 memory=pool frames=main:thread top=cuMemAllocAsync
 * expect: leak log bytes=0 blocks=1 memory=handle frames=main:log top=cuGraphInstantiate
 * expect: leak flags bytes=0 blocks=1 memory=handle frames=main:flags top=cuGraphInstantiate
 * expect: note~newer.variants
 */
#include "victim.h"
#include <dlfcn.h>

typedef unsigned long long address;
typedef int resolve2(const char *, void **, int, uint64_t, int *);
typedef int resolve1(const char *, void **, int, uint64_t);

typedef int alloc_1(unsigned *, unsigned);
typedef int alloc_2(address *, size_t);
typedef int alloc_async(address *, size_t, void *);
typedef int with_log(void **, void *, void **, char *, size_t);
typedef int with_flags(void **, void *, unsigned long long);

static resolve2 *resolve;

static void *get(const char *name, int version, uint64_t flags)
{
	void *f = NULL;
	int status = 7;
	CHECK(resolve(name, &f, version, flags, &status) == 0 && status == 0 && f);
	return f;
}

int main(int argc, char **argv)
{
	address p = 0;
	unsigned q = 0;
	void *out = &p;
	int status = 7;
	CHECK(argc == 2);
	void *driver = dlopen(argv[1], RTLD_NOW);
	if (!driver)
		complain("%s\n", dlerror());
	resolve = (resolve2 *)dlsym(driver, "cuGetProcAddress_v2");
	CHECK(resolve && resolve == (resolve2 *)get("cuGetProcAddress", 12000, 0));
	alloc_1 *old = (alloc_1 *)get("cuMemAlloc", 2000, 0);
	CHECK(old(&q, 1) == 0 && q >> 24 == 1); /* AT:old */
	alloc_2 *new = (alloc_2 *)get("cuMemAlloc", 13000, 0);
	CHECK(new (&p, 2) == 0 && p >> 32 == 2); /* AT:new */
	alloc_async *async = (alloc_async *)get("cuMemAllocAsync", 11020, 1);
	CHECK(async(&p, 4, NULL) == 0 && p >> 32 == 3); /* AT:async */
	async = (alloc_async *)get("cuMemAllocAsync", 11020, 2);
	CHECK(async(&p, 8, NULL) == 0 && p >> 32 == 4); /* AT:thread */
	with_log *log = (with_log *)get("cuGraphInstantiate", 11000, 0);
	CHECK(log(&out, &q, NULL, (char *)&p, 4) == 0 && out == &q); /* AT:log */
	CHECK((unsigned)p == 0x78787878);
	with_flags *flags = (with_flags *)get("cuGraphInstantiate", 12000, 0);
	CHECK(flags(&out, &p, 1) == 0 && out == (char *)&p + 1); /* AT:flags */
	CHECK(((int (*)(void))get("cuMemAlloc", 14000, 0))() == 9);
	resolve1 *older = (resolve1 *)get("cuGetProcAddress", 11030, 0);
	CHECK(older == (resolve1 *)dlsym(driver, "cuGetProcAddress"));
	CHECK(older("cuMemAlloc", &out, 3020, 0) == 0 && out == get("cuMemAlloc", 3020, 0));
	CHECK(resolve("cuMemAlloc", NULL, 3020, 0, &status) == 1 && status == 0);
	CHECK(resolve("cuMemAlloc", &out, 1000, 0, &status) == 500 && status == 1 && !out);
	CHECK(resolve("", &out, 0, 0, NULL) == 500 && !out);
	return 0;
}
