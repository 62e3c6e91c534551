/* SPDX-License-Identifier: MIT */
/*
 * With RLIMIT_FSIZE 0 nothing can be written at all: the program does as bare.
 *
 * wrap: prlimit --fsize=0 --
 * mode: preload
 * images: any
 * expect: exit=3
 * expect: no-recording
 * expect: stderr~.*
 */
#include "victim.h"

int main(void)
{
	for (int i = 0; i < 1000; i++)
		keep(malloc(24));
	say("done\n");
	return 3;
}
