/* SPDX-License-Identifier: MIT */
/*
 * --children no: the launched process only.
 *
 * flags: --children no
 * children: 0
 * expect: leak own bytes=5 blocks=1 frames=main:own
 */
#include "victim.h"
#include <sys/wait.h>

int main(void)
{
	int status = 0;
	keep(malloc(5)); /* LEAK:own */
	pid_t child = fork();
	if (child == 0) {
		keep(malloc(99));
		exit(0);
	}
	CHECK(waitpid(child, &status, 0) == child && status == 0);
	return 0;
}
