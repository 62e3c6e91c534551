/* SPDX-License-Identifier: MIT */
/* A program with its own malloc, which a preloaded library can't see. */
#include <stddef.h>
#include <stdio.h>

static _Alignas(16) char memory[1 << 20];
static size_t used;

#pragma GCC visibility push(default) /* as in any real one */
void *malloc(size_t size);
void *malloc(size_t size)
{
	void *p = memory + used;

	used += (size + 31) & ~(size_t)15;
	return used <= sizeof memory ? p : NULL;
}

void free(void *p);
void free(void *p)
{
	(void)p;
}

void *calloc(size_t n, size_t size);
void *calloc(size_t n, size_t size)
{
	return malloc(n * size); /* fresh memory is zero, and nothing is used again */
}

void *realloc(void *old, size_t size);
void *realloc(void *old, size_t size)
{
	char *p = malloc(size);

	for (size_t i = 0; old && p && i < size && (char *)old + i < p; i++)
		p[i] = ((char *)old)[i];
	return p;
}

int main(void)
{
	printf("%d\n", malloc(100) != NULL);
	return 0;
}
