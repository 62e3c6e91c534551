/* SPDX-License-Identifier: MIT */
/*
 * A crash: the status is the signal's, the recording is complete.
 *
 * expect: signal=11
 * expect: leak kept bytes=17 blocks=1 frames=main:kept
 */
#include "victim.h"

static int *volatile nowhere;

int main(void)
{
	keep(malloc(17)); /* LEAK:kept */
	*nowhere = 1;
	return 0;
}
