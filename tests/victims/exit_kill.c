/* SPDX-License-Identifier: MIT */
/*
 * SIGKILL leaves the whole table behind.
 *
 * expect: signal=9
 * expect: leak kept bytes=18000 blocks=1000 frames=main:kept
 * expect: totals allocations=2000 frees=1000 live_bytes=18000
 */
#include "victim.h"
#include <signal.h>

int main(void)
{
	for (int i = 0; i < 1000; i++) {
		keep(malloc(18)); /* LEAK:kept */
		free(keep(malloc(19)));
	}
	kill(getpid(), SIGKILL);
	for (;;)
		pause();
}
