/* SPDX-License-Identifier: MIT */
/*
 * The same in the thread-local storage of a library that dlopen loads, which libc
 * allocates for each thread when it is first used.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * libs: -lpthread -ldl
 * part: libtls.so from=scan_tls.c cflags=-ftls-model=global-dynamic
 * run: {build}/libtls.so
 * gate: pass
 * expect: leak main bytes=10 blocks=1 kind=reachable frames=tls_fill:tls,main
 * expect: leak thread bytes=100 blocks=1 kind=reachable frames=tls_fill:tls,waiter
 */
#include "scan.h"
#include <dlfcn.h>

static void (*fill)(size_t);

static void *waiter(void *argument)
{
	fill(100);
	wipe();
	started();
	for (;;)
		pause();
	return argument;
}

int main(int argc, char **argv)
{
	CHECK(argc == 2);
	void *library = dlopen(argv[1], RTLD_NOW);
	CHECK(library);
	fill = (void (*)(size_t))dlsym(library, "tls_fill");
	CHECK(fill);
	start(waiter);
	fill(10);
	wipe();
	return 0;
}
