/* SPDX-License-Identifier: MIT */
/*
 * What a linked library frees in its own destructor, after main's, is no leak;
 * what it keeps is.
 *
 * part: libkeeper.so from=keeper.c
 * libs: -L{build} -lkeeper -Wl,-rpath,{build}
 * expect: leak kept bytes=26 blocks=1 frames=keeper_end:kept
 * expect: totals live_blocks=1 live_bytes=26
 */
#include "victim.h"

void keeper_hold(size_t size);

int main(void)
{
	keeper_hold(1000);
	return 0;
}
