/* SPDX-License-Identifier: MIT */
/*
 * A raw clone, the third way to fork.
 *
 * children: 1
 * expect: leak parent bytes=10 blocks=1 frames=main:parent
 * expect@child: leak child bytes=30 blocks=1 frames=main:child
 */
#include "victim.h"
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>

int main(void)
{
	int status = 0;
	keep(malloc(10)); /* LEAK:parent */
	pid_t child = (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
	CHECK(child >= 0);
	if (child == 0) {
		keep(malloc(30)); /* LEAK:child */
		_exit(0);
	}
	CHECK(waitpid(child, &status, 0) == child && status == 0);
	return 0;
}
