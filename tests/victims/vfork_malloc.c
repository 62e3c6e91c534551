/* SPDX-License-Identifier: MIT */
/*
 * A vfork child shares the heap: what it allocates and frees is recorded with
 * its parent's, and its _exit finishes nothing.
 *
 * cflags: -Wno-deprecated-declarations
 * expect: leak before bytes=10 blocks=1 frames=main:before
 * expect: leak child bytes=30 blocks=1 frames=in_child:child,main
 * expect: leak after bytes=50 blocks=1 frames=main:after
 * expect: totals allocations=4 frees=1
 */
#include "victim.h"
#include <sys/wait.h>

static void *shared;

static NOINLINE void in_child(void)
{
	keep(malloc(30)); /* LEAK:child */
	free(shared);
}

int main(void)
{
	int status = 0;
	keep(malloc(10)); /* LEAK:before */
	shared = keep(malloc(77));
	pid_t child = vfork();
	if (child == 0) {
		in_child();
		_exit(7);
	}
	CHECK(waitpid(child, &status, 0) == child && WEXITSTATUS(status) == 7);
	keep(malloc(50)); /* LEAK:after */
	return 0;
}
