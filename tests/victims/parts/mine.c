/* SPDX-License-Identifier: MIT */
/* A library with its own malloc and free in front of libc's; for dl_wrap_malloc. */
#include "../victim.h"
#include <dlfcn.h>

static int calls;

int mine_calls(void);
int mine_calls(void)
{
	return calls;
}

extern void *__libc_malloc(size_t size);
extern void __libc_free(void *block);

void *malloc(size_t size)
{
	calls++;
	return __libc_malloc(size);
}

void free(void *block)
{
	__libc_free(block);
}
