/* SPDX-License-Identifier: MIT */
/*
 * Children that are killed: each leaves what it had.
 *
 * children: 3
 * expect: no-leak
 * expect@child: leak each bytes=480 blocks=20 entries>=1 processes=3 frames=in_child:each
 */
#include "victim.h"
#include <signal.h>
#include <sys/wait.h>

static NOINLINE void in_child(int fd)
{
	for (int i = 0; i < 20; i++)
		keep(malloc(24)); /* LEAK:each */
	CHECK(write(fd, "x", 1) == 1);
	for (;;)
		pause();
}

int main(void)
{
	int ends[2], status = 0;
	char byte;
	CHECK(pipe(ends) == 0);
	for (int i = 0; i < 3; i++) {
		pid_t child = fork();
		CHECK(child >= 0);
		if (child == 0)
			in_child(ends[1]);
		CHECK(read(ends[0], &byte, 1) == 1);
		CHECK(kill(child, SIGKILL) == 0);
		CHECK(waitpid(child, &status, 0) == child && WTERMSIG(status) == SIGKILL);
	}
	return 0;
}
