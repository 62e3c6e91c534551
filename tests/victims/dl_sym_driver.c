/* SPDX-License-Identifier: MIT */
/*
 * A driver that is opened by itself, then for all: where dlsym finds its functions, it
 * gives what records them, and nowhere else; from a library that is linked with it, too.
 *
 * libs: -ldl
 * part: libcuda.so.1 from=driver.c cflags="-shared -fPIC" libs=-Wl,-soname,libcuda.so.1
 * part: libuser.so from=driver_user.c libs="-ldl -L{build} -l:libcuda.so.1 -Wl,-rpath,{build}"
 * run: {build}/libcuda.so.1 {build}/libuser.so
 * expect: leak handle bytes=1 blocks=1 memory=device frames=main:handle top=cuMemAlloc
 * expect: leak linked bytes=2 blocks=1 memory=device frames=user_linked:linked,main:linked_call top=cuMemAlloc
 * expect: leak local bytes=4 blocks=1 memory=device frames=user_default:default,main:local_call top=cuMemAlloc
 * expect: leak all bytes=8 blocks=1 memory=device frames=main:all top=cuMemAlloc
 * expect: leak next bytes=16 blocks=1 memory=device frames=main:next top=cuMemAlloc
 */
#include "victim.h"
#include <dlfcn.h>

typedef unsigned long long address;
typedef int allocate(address *, size_t);
typedef address use(size_t);

int main(int argc, char **argv)
{
	address p;
	CHECK(argc == 3);
	void *driver = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
	if (!driver)
		complain("%s\n", dlerror());
	/* nobody but its handle finds it */
	CHECK(!dlsym(RTLD_DEFAULT, "cuMemAlloc_v2") && !dlsym(RTLD_NEXT, "cuMemAlloc_v2"));
	allocate *f = (allocate *)dlsym(driver, "cuMemAlloc_v2");
	CHECK(f && f(&p, 1) == 0); /* AT:handle */
	CHECK(f == (allocate *)dlsym(driver, "cuMemAlloc_v2"));
	CHECK(dlsym(driver, "cuCtxGetCurrent") && !dlsym(driver, "cuMemAllocHost_v2") && dlerror());
	void *user = dlopen(argv[2], RTLD_NOW | RTLD_LOCAL);
	if (!user)
		complain("%s\n", dlerror());
	CHECK(((use *)dlsym(user, "user_linked"))(2));  /* AT:linked_call */
	CHECK(((use *)dlsym(user, "user_default"))(4)); /* AT:local_call */
	CHECK(!dlsym(RTLD_DEFAULT, "cuMemAlloc_v2"));
	CHECK(dlopen(argv[1], RTLD_NOW | RTLD_GLOBAL) == driver);
	f = (allocate *)dlsym(RTLD_DEFAULT, "cuMemAlloc_v2");
	CHECK(f && f(&p, 8) == 0); /* AT:all */
	f = (allocate *)dlsym(RTLD_NEXT, "cuMemAlloc_v2");
	CHECK(f && f(&p, 16) == 0); /* AT:next */
	CHECK(!dlvsym(driver, "cuMemAlloc_v2", "NONE") && dlerror() && !dlerror());
	return 0;
}
