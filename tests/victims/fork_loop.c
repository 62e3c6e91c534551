/* SPDX-License-Identifier: MIT */
/*
 * Twenty children, each with a leak and its own recording; wait sees them all,
 * and nobody else.
 *
 * children: 20
 * variants: gcc:-O0
 * expect: no-leak
 * expect@child: leak each bytes=40 blocks=1 processes=20 frames=work:each,main
 */
#include "victim.h"
#include <sys/wait.h>

static NOINLINE void work(void)
{
	keep(malloc(40)); /* LEAK:each */
}

int main(void)
{
	int reaped = 0, status = 0;
	for (int i = 0; i < 20; i++) {
		pid_t pid = fork();
		CHECK(pid >= 0);
		if (pid == 0) {
			work();
			_exit(0);
		}
	}
	while (wait(&status) > 0) {
		CHECK(status == 0);
		reaped++;
	}
	CHECK(errno == ECHILD && reaped == 20);
	return 0;
}
