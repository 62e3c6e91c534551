/* SPDX-License-Identifier: MIT */
/*
 * A scope that was open when the process forked: the child's blocks are its own,
 * and closing the inherited handle there is harmless; the parent's scope is
 * untouched.
 *
 * children: 1
 * expect: leak parent bytes=10 blocks=1 scope=/request frames=main:parent
 * expect: scope /request instances=1 outlived_blocks=1 outlived_bytes=10 allocations=1
 * expect@child: leak own bytes=30 blocks=1 scope=/child frames=main:own
 */
#include "victim.h"
#include <leakscope/leakscope.h>
#include <sys/wait.h>

int main(void)
{
	int status = 0;
	leakscope_scope_t request = leakscope_scope_open("request");
	keep(malloc(10)); /* LEAK:parent */
	pid_t child = fork();
	if (child == 0) {
		leakscope_scope_close(request);
		LEAKSCOPE_SCOPE("child")
			keep(malloc(30)); /* LEAK:own */
		exit(0);
	}
	CHECK(waitpid(child, &status, 0) == child && status == 0);
	leakscope_scope_close(request);
	return 0;
}
