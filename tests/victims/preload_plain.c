/* SPDX-License-Identifier: MIT */
/*
 * Plain LD_PRELOAD with the defaults: the recording lies in the working
 * directory, the text report beside it.
 *
 * mode: preload
 * options: none
 * recording: cwd
 * expect: leak own bytes=500 blocks=1 frames=leak_here:own,main
 * expect: text~leak_here
 * expect: text~500 B
 */
#include "victim.h"

static NOINLINE void leak_here(void)
{
	keep(malloc(500)); /* LEAK:own */
}

int main(void)
{
	leak_here();
	return 0;
}
