/* SPDX-License-Identifier: MIT */
/* A library whose constructor leaks and opens the next one, if there is one. */
#include "../victim.h"
#include <dlfcn.h>

#define TEXT_(x) #x
#define TEXT(x) TEXT_(x)

__attribute__((constructor)) static void chain_start(void)
{
	keep(malloc(40)); /* LEAK:chain */
#ifdef NEXT
	CHECK(dlopen(TEXT(NEXT), RTLD_NOW));
#endif
}
