/* SPDX-License-Identifier: MIT */
/*
 * Labelled snapshots hold what was live then.
 *
 * expect: leak one bytes=100 blocks=1 frames=main:one
 * expect: leak two bytes=200 blocks=1 frames=main:two
 * expect: snapshot label=first live_bytes=100 live_blocks=1
 * expect: snapshot label=second live_bytes=300 live_blocks=2
 */
#include "victim.h"
#include <leakscope/leakscope.h>

int main(void)
{
	keep(malloc(100)); /* LEAK:one */
	leakscope_snapshot("first");
	keep(malloc(200)); /* LEAK:two */
	leakscope_snapshot("second");
	return 0;
}
