/* SPDX-License-Identifier: MIT */
/* One set of loops, where there is no choice to make.  Thread-safe. */
#include "loops.h"

extern const struct ndk_loops ndk_loops_base;

const struct ndk_loops *ndk_loops_at(unsigned level)
{
	return level == 0 ? &ndk_loops_base : NULL;
}

const struct ndk_loops *ndk_loops(void)
{
	return &ndk_loops_base;
}
