/* SPDX-License-Identifier: MIT */
/*
 * dlopen in a constructor, of a library whose constructor allocates and opens
 * another one.
 *
 * libs: -ldl
 * part: libfirst.so from=chain.c cflags="-DNEXT=\"{build}/libsecond.so\"" libs=-ldl
 * part: libsecond.so from=chain.c libs=-ldl
 * env: FIRST={build}/libfirst.so
 * expect: leak both bytes=80 blocks=2 entries=2 frames=chain_start:chain
 * expect: leak own bytes=3 blocks=1 frames=start:own
 */
#include "victim.h"
#include <dlfcn.h>

static void *first;

__attribute__((constructor)) static void start(void)
{
	keep(malloc(3)); /* LEAK:own */
	first = dlopen(getenv("FIRST"), RTLD_NOW);
	if (!first)
		complain("%s\n", dlerror());
}

int main(void)
{
	CHECK(first);
	return 0;
}
