/* SPDX-License-Identifier: MIT */
/*
 * A child whose first allocation of all is made by its own vfork child: the
 * recording that begins is the child's, not that of the process which borrows
 * its memory.
 *
 * children: 1
 * expect@child: leak kept bytes=123 blocks=1 frames=in_child:kept,main
 * expect@child: process state=exited exit_code=7
 */
#include "victim.h"
#include <spawn.h>
#include <sys/wait.h>

static NOINLINE int in_child(void)
{
	int status;
	pid_t pid = vfork();
	if (pid == 0) {
		free(keep(malloc(10)));
		_exit(0);
	}
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	keep(malloc(123)); /* LEAK:kept */
	return 7;
}

int main(int argc, char **argv)
{
	extern char **environ;
	char again[] = "again", *args[] = {argv[0], again, NULL};
	int status;
	pid_t pid;
	if (argc > 1)
		return in_child();
	CHECK(posix_spawn(&pid, argv[0], NULL, NULL, args, environ) == 0);
	CHECK(waitpid(pid, &status, 0) == pid && WEXITSTATUS(status) == 7);
	return 0;
}
