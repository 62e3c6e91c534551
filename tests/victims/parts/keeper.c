/* SPDX-License-Identifier: MIT */
/* A library that frees its block when it is unloaded; for library_destructor. */
#include "../victim.h"

static void *held;

void keeper_hold(size_t size);
void keeper_hold(size_t size)
{
	held = malloc(size);
}

__attribute__((destructor)) static void keeper_end(void)
{
	free(held);
	keep(malloc(26)); /* LEAK:kept */
}
