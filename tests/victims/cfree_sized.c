/* SPDX-License-Identifier: MIT */
/*
 * cfree and C23's sized frees, where there are any, retire their blocks.
 *
 * expect: leak kept bytes=9 blocks=1 frames=main:kept
 * expect: totals allocations=4 frees=3 allocated_bytes=909
 */
#include "victim.h"
#include <dlfcn.h>

typedef void (*free1)(void *);
typedef void (*free2)(void *, size_t);
typedef void (*free3)(void *, size_t, size_t);

int main(void)
{
	free1 old = (free1)dlsym(RTLD_DEFAULT, "cfree");
	free2 sized = (free2)dlsym(RTLD_DEFAULT, "free_sized");
	free3 aligned = (free3)dlsym(RTLD_DEFAULT, "free_aligned_sized");
	if (getenv("LD_PRELOAD"))
		CHECK(sized && aligned);
	void *a = keep(malloc(100)), *b = keep(malloc(200)), *c = keep(aligned_alloc(64, 600));
	if (old)
		old(a);
	else
		free(a);
	if (sized)
		sized(b, 200);
	else
		free(b);
	if (aligned)
		aligned(c, 64, 600);
	else
		free(c);
	keep(malloc(9)); /* LEAK:kept */
	return 0;
}
