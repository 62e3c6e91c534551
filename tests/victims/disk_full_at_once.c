/* SPDX-License-Identifier: MIT */
/*
 * A file system with room for nothing: the program does as bare.
 *
 * disk: 4k
 * variants: gcc:-O2
 * expect: exit=3
 * expect: stdout="done\n"
 * expect: stderr~.*
 * expect: recording-or-none
 * expect: note~.*
 * expect: leak all bytes=24000 blocks=1000 frames=main:all
 */
#include "victim.h"

int main(void)
{
	for (int i = 0; i < 1000; i++)
		keep(malloc(24)); /* LEAK:all */
	say("done\n");
	return 3;
}
