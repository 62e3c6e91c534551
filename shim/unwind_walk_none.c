/* SPDX-License-Identifier: MIT */
/* See unwind_walk.h: where there are no rules, all backtraces are libunwind's. */
#include "unwind_walk.h"

struct ls_walk {
	uint32_t unused;
};

size_t ls_walk_size(unsigned depth)
{
	(void)depth;
	return sizeof(struct ls_walk);
}

void ls_walk_init(struct ls_walk *w, unsigned depth, void *scratch)
{
	(void)scratch;
	(void)w;
	(void)depth;
}

void ls_walk_reset(struct ls_walk *w)
{
	(void)w;
}

uint32_t ls_walk(struct ls_walk *w, uintptr_t first)
{
	(void)w;
	(void)first;
	return 0;
}

const uintptr_t *ls_walk_frames(const struct ls_walk *w, unsigned *count, uint32_t *flags)
{
	(void)w;
	*count = 0;
	*flags = 0;
	return NULL;
}

void ls_walk_expire(void) {}
