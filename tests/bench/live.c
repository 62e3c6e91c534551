/* SPDX-License-Identifier: MIT */
/*
 * Many blocks live at once, until the end: what a tracker's memory costs per live
 * block.  They stay reachable, so none of them is lost.
 *
 * usage: live [BLOCKS]
 */
#include <stdio.h>
#include <stdlib.h>

static void **blocks;

static __attribute__((noinline)) void *name(void)
{
	return malloc(24);
}

static __attribute__((noinline)) void *value(long i)
{
	return calloc(1, 16 + (size_t)i % 48);
}

static __attribute__((noinline)) void *entry(void)
{
	return malloc(64);
}

int main(int argc, char **argv)
{
	long count = argc > 1 ? strtol(argv[1], NULL, 10) : 1000000;
	blocks = calloc((size_t)count, sizeof(*blocks));
	if (!blocks)
		return 2;
	for (long i = 0; i < count; i++) {
		blocks[i] = i % 3 == 0 ? name() : i % 3 == 1 ? value(i) : entry();
		if (!blocks[i])
			return 2;
	}
	printf("blocks=%ld planted=0\n", count);
	return 0;
}
