/* SPDX-License-Identifier: MIT */
/*
 * A library of the program's own stands before the driver and hands on by RTLD_NEXT: it
 * is called as before, doesn't find itself, and an allocation is recorded once.
 *
 * libs: -ldl -L{build} -Wl,--no-as-needed -lbetween -l:libcuda.so.1 -Wl,-rpath,{build}
 * part: libcuda.so.1 from=driver.c cflags="-shared -fPIC" libs=-Wl,-soname,libcuda.so.1
 * part: libbetween.so from=driver_between.c libs=-ldl
 * expect: leak one bytes=40 blocks=1 memory=device frames=main:one top=cuMemAlloc
 * expect: leak two bytes=50 blocks=1 memory=device frames=main:two top=cuMemAlloc
 * expect: stdout="calls 2\n"
 */
#include "victim.h"
#include <dlfcn.h>

typedef unsigned long long address;
typedef int allocate(address *, size_t);

int cuMemAlloc_v2(address *out, size_t size);
int between_calls(void);

int main(void)
{
	address p;
	CHECK(cuMemAlloc_v2(&p, 40) == 0); /* AT:one */
	allocate *f = (allocate *)dlsym(RTLD_DEFAULT, "cuMemAlloc_v2");
	CHECK(f && f(&p, 50) == 0); /* AT:two */
	say("calls %d\n", between_calls());
	return 0;
}
