/* SPDX-License-Identifier: MIT */
/*
 * LEAKSCOPE_SCOPE closes however its block is left: end, break, continue, goto,
 * return.
 *
 * expect: leak end bytes=1 blocks=1 scope=/end frames=leave:end,main
 * expect: leak break bytes=2 blocks=1 scope=/break frames=leave:break,main
 * expect: leak continue bytes=4 blocks=1 scope=/continue frames=leave:continue,main
 * expect: leak goto bytes=8 blocks=1 scope=/goto frames=leave:goto,main
 * expect: leak return bytes=16 blocks=1 scope=/return frames=leave:return,main
 * expect: leak after bytes=32 blocks=1 scope=/ frames=main:after
 */
#include "victim.h"
#include <leakscope/leakscope.h>

static NOINLINE int leave(int always)
{
	LEAKSCOPE_SCOPE("end") {
		keep(malloc(1)); /* LEAK:end */
	}
	LEAKSCOPE_SCOPE("break") {
		keep(malloc(2)); /* LEAK:break */
		if (always)
			break;
		say("not here\n");
	}
	LEAKSCOPE_SCOPE("continue") {
		keep(malloc(4)); /* LEAK:continue */
		if (always)
			continue;
		say("not here\n");
	}
	LEAKSCOPE_SCOPE("goto") {
		keep(malloc(8)); /* LEAK:goto */
		if (always)
			goto out;
		say("not here\n");
	}
out:
	LEAKSCOPE_SCOPE("return") {
		keep(malloc(16)); /* LEAK:return */
		if (always)
			return 3;
		say("not here\n");
	}
	return 0;
}

int main(int argc, char **argv)
{
	(void)argv;
	CHECK(leave(argc) == 3);
	keep(malloc(32)); /* LEAK:after */
	return 0;
}
