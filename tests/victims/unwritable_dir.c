/* SPDX-License-Identifier: MIT */
/*
 * A directory for recordings that does not exist: one line on stderr, and the
 * program does as bare.
 *
 * mode: preload
 * options: dir=/nonexistent/place:report=none
 * expect: exit=3
 * expect: no-recording
 * expect: stderr~/nonexistent/place
 */
#include "victim.h"

int main(void)
{
	for (int i = 0; i < 1000; i++)
		keep(malloc(24));
	say("done\n");
	return 3;
}
