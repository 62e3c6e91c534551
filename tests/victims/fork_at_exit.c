/* SPDX-License-Identifier: MIT */
/*
 * A fork in an atexit handler and one in a destructor: each child's recording
 * has its own leak.
 *
 * children: 2
 * expect: leak own bytes=10 blocks=1 frames=main:own
 * expect@child: leak first bytes=20 blocks=1 frames=at_end:first
 * expect@child: leak second bytes=30 blocks=1 frames=destruct:second
 */
#include "victim.h"
#include <sys/wait.h>

static void at_end(void)
{
	int status = 0;
	pid_t child = fork();
	if (child == 0) {
		keep(malloc(20)); /* LEAK:first */
		_exit(0);
	}
	CHECK(waitpid(child, &status, 0) == child && status == 0);
}

__attribute__((destructor)) static void destruct(void)
{
	int status = 0;
	pid_t child = fork();
	if (child == 0) {
		keep(malloc(30)); /* LEAK:second */
		_exit(0);
	}
	CHECK(waitpid(child, &status, 0) == child && status == 0);
}

int main(void)
{
	CHECK(atexit(at_end) == 0);
	keep(malloc(10)); /* LEAK:own */
	return 0;
}
