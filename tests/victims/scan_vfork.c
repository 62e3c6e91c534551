/* SPDX-License-Identifier: MIT */
/*
 * A vfork child uses its parent's heap and ends with _exit: nothing is judged then. At the
 * end of the parent what the child has kept is reachable, what it has lost is lost.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * cflags: -Wno-deprecated-declarations
 * gate: fail
 * expect: leak kept bytes=30 blocks=1 kind=reachable frames=in_child:kept,main
 * expect: leak lost bytes=40 blocks=1 kind=definite frames=in_child:lost,main
 * expect: leak after bytes=50 blocks=1 kind=reachable frames=main:after
 */
#include "scan.h"
#include <sys/wait.h>

static void *volatile kept, *volatile after;

static NOINLINE void in_child(void)
{
	kept = malloc(30); /* LEAK:kept */
	keep(malloc(40));  /* LEAK:lost */
}

int main(void)
{
	int status = 0;
	pid_t child = vfork();
	if (child == 0) {
		in_child();
		_exit(7);
	}
	CHECK(waitpid(child, &status, 0) == child && WEXITSTATUS(status) == 7);
	after = malloc(50); /* LEAK:after */
	return 0;
}
