/* SPDX-License-Identifier: MIT */
/*
 * --children all: those with nothing to tell too.
 *
 * flags: --children all
 * children: 2
 * expect: leak own bytes=5 blocks=1 frames=main:own
 * expect@child: totals live_blocks=0
 */
#include "victim.h"
#include <sys/wait.h>

int main(void)
{
	int status = 0;
	keep(malloc(5)); /* LEAK:own */
	for (int i = 0; i < 2; i++) {
		pid_t child = fork();
		if (child == 0) {
			free(keep(malloc(99)));
			exit(0);
		}
		CHECK(waitpid(child, &status, 0) == child && status == 0);
	}
	return 0;
}
