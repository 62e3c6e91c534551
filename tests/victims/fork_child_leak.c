/* SPDX-License-Identifier: MIT */
/*
 * A forked child's leak is in the child's recording, the parent's in its own.
 *
 * children: 1
 * expect: leak parent bytes=10 blocks=1 frames=main:parent
 * expect@child: leak child bytes=200 blocks=1 frames=in_child:child,main:call
 * expect@child: totals live_blocks=1 live_bytes=200
 * expect: totals allocations=1 frees=0
 */
#include "victim.h"
#include <sys/wait.h>

static NOINLINE void in_child(void)
{
	keep(malloc(200)); /* LEAK:child */
	free(keep(malloc(30)));
}

int main(void)
{
	int status = 0;
	keep(malloc(10)); /* LEAK:parent */
	pid_t child = fork();
	CHECK(child >= 0);
	if (child == 0) {
		in_child(); /* AT:call */
		exit(3);
	}
	CHECK(waitpid(child, &status, 0) == child);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 3);
	return 0;
}
