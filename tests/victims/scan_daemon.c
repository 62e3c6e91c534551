/* SPDX-License-Identifier: MIT */
/*
 * daemon(): the process that is left over is judged at its own end, and what it
 * inherited is not its leak.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * children: 1
 * gate: pass
 * expect: leak before bytes=50 blocks=1 kind=reachable frames=main:before
 * expect@child: leak held bytes=60 blocks=1 kind=reachable frames=serve:held,main
 * expect@child: leak lost bytes=70 blocks=1 kind=definite frames=serve:lost,main
 */
#include "scan.h"

static void *volatile before, *volatile held;

static NOINLINE void serve(void)
{
	held = malloc(60); /* LEAK:held */
	keep(malloc(70));  /* LEAK:lost */
}

int main(void)
{
	int ends[2];
	char byte;
	before = malloc(50); /* LEAK:before */
	CHECK(pipe(ends) == 0);
	pid_t child = fork();
	CHECK(child >= 0);
	if (child != 0) {
		/* Ends when the daemon has. */
		close(ends[1]);
		CHECK(read(ends[0], &byte, 1) == 0);
		return 0;
	}
	close(ends[0]);
	CHECK(daemon(0, 0) == 0);
	serve();
	wipe();
	return 0;
}
