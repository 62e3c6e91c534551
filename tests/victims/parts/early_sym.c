/* SPDX-License-Identifier: MIT */
/* Looks functions up in a constructor, before the program's main and its own. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

int early_found(void);

static size_t (*length)(const char *);
static void *absent, *driver;

__attribute__((constructor)) static void start(void)
{
	length = (size_t(*)(const char *))dlsym(RTLD_DEFAULT, "strlen");
	absent = dlsym(RTLD_NEXT, "early_there_is_none");
	driver = dlsym(RTLD_DEFAULT, "cuMemAlloc_v2");
}

int early_found(void)
{
	return length && length("four") == 4 && !absent && !driver;
}
