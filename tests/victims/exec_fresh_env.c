/* SPDX-License-Identifier: MIT */
/*
 * execve with an environment made from nothing: the new image is still tracked;
 * the old image's blocks are no leaks.
 *
 * part: leaky from=leaky.c
 * run: {build}/leaky
 * images: 1
 * expect: exit=4
 * expect: leak leaky bytes=111 blocks=1 frames=leaky_leak:leaky,main
 * expect: totals allocations=1 live_blocks=1
 * expect@exec1: state=exec
 * expect@exec1: totals allocations=1 live_bytes=55
 * expect@exec1: summary leaked_blocks=0 leaked_bytes=0
 */
#include "victim.h"

int main(int argc, char **argv)
{
	char *arguments[] = {"leaky", NULL}, *fresh[] = {"ONLY=this", NULL};
	CHECK(argc == 2);
	keep(malloc(55));
	execve(argv[1], arguments, fresh);
	return 1;
}
