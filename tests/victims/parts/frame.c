/* SPDX-License-Identifier: MIT */
/* A function that calls back through frames of FRAME bytes. For unwind_reload. */
#include "../victim.h"

static NOINLINE int inner(void (*call)(void), int depth)
{
	volatile char pad[FRAME];
	pad[0] = 0;
	if (depth > 0)
		return inner(call, depth - 1) + pad[0];
	call();
	return pad[0];
}

int frame(void (*call)(void), int depth);
__attribute__((visibility("default"))) int frame(void (*call)(void), int depth)
{
	volatile char pad[FRAME];
	pad[0] = 0;
	return inner(call, depth) + pad[0];
}
