/* SPDX-License-Identifier: MIT */
/*
 * The shim has no child of its own that the program could see: waitpid(-1) and
 * SIGCHLD tell of the program's children only.
 *
 * expect: stdout="chld 3\n"
 */
#include "victim.h"
#include <signal.h>
#include <sys/wait.h>

static volatile int seen;

static void handler(int number)
{
	(void)number;
	seen++;
}

int main(void)
{
	struct sigaction action = {.sa_handler = handler};
	CHECK(sigaction(SIGCHLD, &action, NULL) == 0);
	CHECK(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD);
	for (int i = 0; i < 3; i++) {
		pid_t child = fork();
		if (child == 0)
			_exit(0);
		while (waitpid(-1, NULL, 0) != child)
			;
	}
	CHECK(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD);
	say("chld %d\n", seen);
	return 0;
}
