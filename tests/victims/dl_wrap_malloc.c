/* SPDX-License-Identifier: MIT */
/*
 * A linked library that defines malloc and free itself and hands on by
 * RTLD_NEXT stands behind the shim: blocks are recorded once, and its own call
 * is no second block.
 *
 * part: libmine.so from=mine.c libs=-ldl
 * libs: -Wl,--no-as-needed -L{build} -lmine -Wl,-rpath,{build} -ldl
 * expect: leak kept bytes=71 blocks=1 frames=main:kept
 * expect: totals live_blocks=1 live_bytes=71
 * expect: stdout="passed on\n"
 */
#include "victim.h"

int mine_calls(void);

int main(void)
{
	keep(malloc(71)); /* LEAK:kept */
	free(keep(malloc(30)));
	say("passed %s\n", mine_calls() >= 2 ? "on" : "by");
	return 0;
}
