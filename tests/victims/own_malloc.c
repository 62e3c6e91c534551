/* SPDX-License-Identifier: MIT */
/*
 * A program with its own allocator: it is named, not reported clean.
 *
 * variants: gcc:-O0
 * quiet: no
 * cflags: -fno-builtin -rdynamic
 * expect: stdout="mine\n"
 * expect: note~malloc of its own
 */
#include "victim.h"

static char arena[1 << 20];
static size_t used;

void *malloc(size_t size)
{
	void *p = arena + used;
	used += (size + 15) & ~(size_t)15;
	return used <= sizeof(arena) ? p : NULL;
}

void free(void *p)
{
	(void)p;
}

void *calloc(size_t n, size_t size)
{
	return malloc(n * size);
}

void *realloc(void *p, size_t size)
{
	void *q = malloc(size);
	if (p && q)
		memcpy(q, p, size);
	return q;
}

int main(void)
{
	keep(malloc(100));
	say("mine\n");
	return 0;
}
