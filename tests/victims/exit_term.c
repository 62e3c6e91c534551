/* SPDX-License-Identifier: MIT */
/*
 * SIGTERM with its default action, sent by a child.
 *
 * expect: signal=15
 * expect: leak kept bytes=21 blocks=1 frames=main:kept
 */
#include "victim.h"
#include <signal.h>

int main(void)
{
	keep(malloc(21)); /* LEAK:kept */
	if (fork() == 0) {
		kill(getppid(), SIGTERM);
		_exit(0);
	}
	for (;;)
		pause();
}
