/* SPDX-License-Identifier: MIT */
/*
 * abort keeps its signal.
 *
 * expect: signal=6
 * expect: leak kept bytes=16 blocks=1 frames=main:kept
 */
#include "victim.h"

int main(void)
{
	keep(malloc(16)); /* LEAK:kept */
	abort();
}
