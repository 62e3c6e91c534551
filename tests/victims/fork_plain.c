/* SPDX-License-Identifier: MIT */
/*
 * _Fork runs no handlers; the child is noticed all the same.
 *
 * children: 1
 * expect: leak parent bytes=10 blocks=1 frames=main:parent
 * expect@child: leak child bytes=20 blocks=1 frames=main:child
 */
#include "victim.h"
#include <sys/wait.h>

int main(void)
{
	int status = 0;
	keep(malloc(10)); /* LEAK:parent */
	pid_t child = _Fork();
	CHECK(child >= 0);
	if (child == 0) {
		keep(malloc(20)); /* LEAK:child */
		_exit(0);
	}
	CHECK(waitpid(-1, &status, 0) == child && status == 0);
	CHECK(waitpid(-1, &status, 0) == -1 && errno == ECHILD);
	return 0;
}
