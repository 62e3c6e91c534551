/* SPDX-License-Identifier: MIT */
/*
 * Pointers in the data of a linked library and of one that dlopen loaded.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * libs: -L{build} -lholder -Wl,-rpath,{build} -ldl
 * part: libholder.so from=scan_holder.c
 * part: libholder_late.so from=scan_holder.c
 * run: {build}/libholder_late.so
 * gate: pass
 * expect: leak linked bytes=300 blocks=2 entries>=1 kind=reachable frames=holder_fill:holder,main:linked
 * expect: leak loaded bytes=500 blocks=2 entries>=1 kind=reachable frames=holder_fill:holder,main:loaded
 */
#include "scan.h"
#include <dlfcn.h>

void holder_fill(size_t size);

int main(int argc, char **argv)
{
	CHECK(argc == 2);
	holder_fill(150); /* AT:linked */
	void *library = dlopen(argv[1], RTLD_NOW);
	CHECK(library);
	void (*fill)(size_t) = (void (*)(size_t))dlsym(library, "holder_fill");
	CHECK(fill);
	fill(250); /* AT:loaded */
	wipe();
	return 0;
}
