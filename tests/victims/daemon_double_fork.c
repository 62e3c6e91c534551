/* SPDX-License-Identifier: MIT */
/*
 * A daemon: two forks, a new session, standard files on /dev/null. Its recording
 * is there when it has gone. The first process waits for it through a pipe.
 *
 * children: 1
 * expect: leak starter bytes=3 blocks=1 frames=main:starter
 * expect@child: leak daemon bytes=33 blocks=1 frames=serve:daemon,main
 */
#include "victim.h"
#include <fcntl.h>
#include <sys/wait.h>

static NOINLINE void serve(void)
{
	keep(malloc(33)); /* LEAK:daemon */
}

int main(void)
{
	int ends[2], status = 0;
	char byte;
	keep(malloc(3)); /* LEAK:starter */
	CHECK(pipe(ends) == 0);
	pid_t child = fork();
	CHECK(child >= 0);
	if (child == 0) {
		close(ends[0]);
		setsid();
		if (fork() != 0)
			_exit(0);
		CHECK(chdir("/") == 0);
		int null = open("/dev/null", O_RDWR);
		dup2(null, 0), dup2(null, 1), dup2(null, 2);
		usleep(50000); /* the parent has gone: this one is an orphan */
		serve();
		exit(0);
	}
	close(ends[1]);
	CHECK(waitpid(child, &status, 0) == child && status == 0);
	CHECK(read(ends[0], &byte, 1) == 0);
	return 0;
}
