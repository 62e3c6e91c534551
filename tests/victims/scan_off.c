/* SPDX-License-Identifier: MIT */
/*
 * Without a scan nothing is classified, a note says so, and what is live counts.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * options: scan=0
 * gate: fail
 * expect: leak held bytes=10 blocks=1 kind=unclassified frames=main:held
 * expect: leak lost bytes=20 blocks=1 kind=unclassified frames=main:lost
 * expect: note~scan
 * expect: summary unclassified.blocks=2 reachable.blocks=0 definite.blocks=0
 */
#include "scan.h"

static void *volatile held;

int main(void)
{
	held = malloc(10); /* LEAK:held */
	keep(malloc(20));  /* LEAK:lost */
	return 0;
}
