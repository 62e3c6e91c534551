/* SPDX-License-Identifier: MIT */
/*
 * exec calls that fail leave the program and its recording as they were.
 *
 * expect: leak before bytes=10 blocks=1 frames=main:before
 * expect: leak after bytes=20 blocks=1 frames=main:after
 * expect: totals allocations=3 frees=1
 */
#include "victim.h"

int main(void)
{
	char *arguments[] = {"none", NULL};
	keep(malloc(10)); /* LEAK:before */
	void *p = keep(malloc(30));
	CHECK(execve("/nonexistent/none", arguments, environ) == -1 && errno == ENOENT);
	CHECK(execv("/etc/passwd", arguments) == -1 && errno == EACCES);
	CHECK(execvp("there-is-no-such-program", arguments) == -1 && errno == ENOENT);
	CHECK(execlp("there-is-no-such-program", "x", (char *)NULL) == -1 && errno == ENOENT);
	CHECK(execl("/nonexistent/none", "x", (char *)NULL) == -1 && errno == ENOENT);
	free(p);
	keep(malloc(20)); /* LEAK:after */
	return 0;
}
