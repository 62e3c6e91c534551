/* SPDX-License-Identifier: MIT */
/*
 * --error-exitcode: a leak anywhere in the tree gives that status.
 *
 * flags: --error-exitcode 77
 * bare: differs
 * children: 1
 * expect: exit=77
 * expect: no-leak
 * expect@child: leak child bytes=99 blocks=1 frames=main:child
 */
#include "victim.h"
#include <sys/wait.h>

int main(void)
{
	int status = 0;
	pid_t child = fork();
	if (child == 0) {
		keep(malloc(99)); /* LEAK:child */
		exit(0);
	}
	CHECK(waitpid(child, &status, 0) == child && status == 0);
	return 0;
}
