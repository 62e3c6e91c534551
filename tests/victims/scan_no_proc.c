/* SPDX-License-Identifier: MIT */
/*
 * A program that has locked itself into an empty root directory: no /proc, no file at all.
 * Kinds are right, or nothing is classified and a note says why; never wrong.
 *
 * variants: gcc:-O2,clang:-O0
 * libs: -lpthread
 * expect: note~could not grow|not classified
 * expect: leak held bytes=10 blocks=1 frames=main:held
 * expect: leak lost bytes=20 blocks=1 frames=lose:lost,main
 * expect: leak thread bytes=30 blocks=1 frames=waiter:thread
 */
#include "scan.h"
#include <sys/stat.h>

static void *volatile held;

static NOINLINE void lose(void)
{
	keep(malloc(20)); /* LEAK:lost */
}

static void *waiter(void *argument)
{
	void *volatile mine = malloc(30); /* LEAK:thread */
	started();
	for (;;)
		pause();
	keep(mine);
	return argument;
}

int main(void)
{
	held = malloc(10); /* LEAK:held */
	lose();
	start(waiter);
	CHECK(mkdir("empty", 0700) == 0 && chdir("empty") == 0);
	/* Without the right to, it goes on. */
	if (chroot(".") != 0)
		CHECK(errno == EPERM);
	wipe();
	return 0;
}
