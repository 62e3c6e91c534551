/* SPDX-License-Identifier: MIT */
/*
 * What only a library's data pointed to is lost when the library is unloaded.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * libs: -ldl
 * part: libholder.so from=scan_holder.c
 * run: {build}/libholder.so
 * gate: fail
 * expect: leak lost bytes=200 blocks=2 entries>=1 kind=definite frames=holder_fill:holder,main:call
 */
#include "scan.h"
#include <dlfcn.h>

int main(int argc, char **argv)
{
	CHECK(argc == 2);
	void *library = dlopen(argv[1], RTLD_NOW);
	CHECK(library);
	void (*fill)(size_t) = (void (*)(size_t))dlsym(library, "holder_fill");
	CHECK(fill);
	fill(100); /* AT:call */
	CHECK(dlclose(library) == 0);
	CHECK(dlopen(argv[1], RTLD_NOW | RTLD_NOLOAD) == NULL);
	return 0;
}
