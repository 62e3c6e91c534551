/* SPDX-License-Identifier: MIT */
/*
 * A driver is opened to see whether it is there, closed, and another comes, mostly at
 * another address: what calls of the first were bound to is not called any more.
 *
 * libs: -ldl
 * part: one/libcuda.so.1 from=driver.c cflags="-shared -fPIC" libs=-Wl,-soname,libcuda.so.1
 * part: two/libcuda.so.1 from=driver.c cflags="-shared -fPIC -DBASE=0x200000000ull" libs=-Wl,-soname,libcuda.so.1
 * part: libplug_a.so from=plug_a.c
 * part: libuser.so from=driver_user.c libs="-ldl -L{build}/one -l:libcuda.so.1"
 * run: {build}/one/libcuda.so.1 {build}/two/libcuda.so.1 {build}/libplug_a.so {build}/libuser.so
 * expect: leak first bytes=3 blocks=1 memory=device frames=main:first top=cuMemAlloc
 * expect: leak second bytes=5 blocks=1 memory=device frames=main:second top=cuMemAlloc
 * expect: leak linked bytes=6 blocks=1 memory=device frames=user_linked:linked,main:linked_call top=cuMemAlloc
 */
#include "victim.h"
#include <dlfcn.h>

typedef unsigned long long address;
typedef int allocate(address *, size_t);
typedef address use(size_t);

int main(int argc, char **argv)
{
	address p;
	CHECK(argc == 5);
	void *driver = dlopen(argv[1], RTLD_NOW);
	allocate *f = driver ? (allocate *)dlsym(driver, "cuMemAlloc_v2") : NULL;
	CHECK(f && f(&p, 3) == 0 && p == 0x100000000); /* AT:first */
	CHECK(dlclose(driver) == 0);
	CHECK(!dlopen("libcuda.so.1", RTLD_NOW | RTLD_NOLOAD));
	/* takes the place */
	CHECK(dlopen(argv[3], RTLD_NOW));
	driver = dlopen(argv[2], RTLD_NOW);
	f = driver ? (allocate *)dlsym(driver, "cuMemAlloc_v2") : NULL;
	CHECK(f && f(&p, 5) == 0 && p == 0x200000000); /* AT:second */
	void *user = dlopen(argv[4], RTLD_NOW);
	if (!user)
		complain("%s\n", dlerror());
	p = ((use *)dlsym(user, "user_linked"))(6); /* AT:linked_call */
	CHECK(p > 0x200000000);
	return 0;
}
