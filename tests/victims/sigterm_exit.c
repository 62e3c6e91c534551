/* SPDX-License-Identifier: MIT */
/*
 * A server that ends through exit() in its SIGTERM handler, which interrupts a
 * pause.
 *
 * expect: exit=4
 * expect: leak own bytes=50 blocks=1 frames=main:own
 * expect: leak handler bytes=60 blocks=1 frames=handler:handler
 * expect: leak last bytes=70 blocks=1 frames=at_end:last
 */
#include "victim.h"
#include <signal.h>
#include <sys/wait.h>

static void at_end(void)
{
	keep(malloc(70)); /* LEAK:last */
}

static void handler(int number)
{
	(void)number;
	keep(malloc(60)); /* LEAK:handler */
	exit(4);
}

int main(void)
{
	CHECK(atexit(at_end) == 0);
	CHECK(signal(SIGTERM, handler) != SIG_ERR);
	keep(malloc(50)); /* LEAK:own */
	pid_t child = fork();
	if (child == 0) {
		usleep(20000);
		kill(getppid(), SIGTERM);
		_exit(0);
	}
	for (;;)
		pause();
}
