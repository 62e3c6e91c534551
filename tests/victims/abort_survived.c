/* SPDX-License-Identifier: MIT */
/*
 * A program whose SIGABRT handler jumps out of abort() and goes on: so does its
 * recording.
 *
 * expect: leak before bytes=10 blocks=1 frames=main:before
 * expect: leak after bytes=20 blocks=1 frames=main:after
 * expect: totals allocations=3 frees=1
 */
#include "victim.h"
#include <setjmp.h>
#include <signal.h>

static sigjmp_buf out;

static void handler(int number)
{
	(void)number;
	siglongjmp(out, 1);
}

int main(void)
{
	CHECK(signal(SIGABRT, handler) != SIG_ERR);
	void *p = keep(malloc(30));
	keep(malloc(10)); /* LEAK:before */
	if (sigsetjmp(out, 1) == 0)
		abort();
	free(p);
	keep(malloc(20)); /* LEAK:after */
	return 0;
}
