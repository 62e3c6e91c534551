/* SPDX-License-Identifier: MIT */
/*
 * posix_spawn, with the environment as it is and with a fresh one: both children
 * are tracked.
 *
 * part: leaky from=leaky.c
 * run: {build}/leaky
 * children: 2
 * expect: leak own bytes=5 blocks=1 frames=main:own
 * expect@child: leak leaky bytes=111 blocks=1 processes=2 frames=leaky_leak:leaky,main
 */
#include "victim.h"
#include <spawn.h>
#include <sys/wait.h>

int main(int argc, char **argv)
{
	char *arguments[] = {argv[argc - 1], NULL}, *fresh[] = {"FRESH=1", NULL};
	char **environments[2] = {environ, fresh};
	keep(malloc(5)); /* LEAK:own */
	for (int i = 0; i < 2; i++) {
		int status = 0;
		pid_t child = 0;
		CHECK(posix_spawn(&child, argv[1], NULL, NULL, arguments, environments[i]) == 0);
		CHECK(waitpid(child, &status, 0) == child && WEXITSTATUS(status) == 4);
	}
	return 0;
}
