/* SPDX-License-Identifier: MIT */
/*
 * More than all files that RLIMIT_FSIZE allows could hold: the program does as
 * bare, what there is can be read, and a note says that something was lost.
 *
 * wrap: prlimit --fsize=70000 --
 * racy: 300000
 * images: any
 * mode: preload
 * variants: gcc:-O2
 * expect: exit=3
 * expect: stdout="done\n"
 * expect: leak all bytes>=24 blocks>=1 entries>=1 frames=main:all
 * expect: note~(?i)(limit|lost|size)
 * expect: note~no place for its verdicts
 */
#include "victim.h"

int main(void)
{
	for (int i = 0; i < 300000; i++)
		keep(malloc(24)); /* LEAK:all */
	say("done\n");
	return 3;
}
