/* SPDX-License-Identifier: MIT */
/*
 * vfork and exec: the parent goes on with its own recording; a vfork child that
 * calls _exit does not finish it.
 *
 * part: leaky from=leaky.c
 * run: {build}/leaky
 * children: 1
 * expect: leak before bytes=10 blocks=1 frames=main:before
 * expect: leak after bytes=20 blocks=1 frames=main:after
 * expect@child: leak leaky bytes=111 blocks=1 frames=leaky_leak:leaky,main
 * expect@child: process cmdline~leaky
 */
#include "victim.h"
#include <sys/wait.h>

int main(int argc, char **argv)
{
	int status = 0;
	CHECK(argc == 2);
	keep(malloc(10)); /* LEAK:before */
	pid_t child = vfork();
	if (child == 0) {
		execl(argv[1], "leaky", (char *)NULL);
		_exit(127);
	}
	CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 4);
	child = vfork();
	if (child == 0)
		_exit(5);
	CHECK(waitpid(child, &status, 0) == child && WEXITSTATUS(status) == 5);
	child = vfork();
	if (child == 0) {
		execl("/nonexistent/program", "program", (char *)NULL);
		_exit(6);
	}
	CHECK(waitpid(child, &status, 0) == child && WEXITSTATUS(status) == 6);
	keep(malloc(20)); /* LEAK:after */
	return 0;
}
