/* SPDX-License-Identifier: MIT */
/*
 * A thread takes snapshots while main forks two hundred times: no child hangs, none gets
 * what was not its own, and waiting for any child finds those of the program only.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * libs: -lpthread
 * children: any
 * timeout: 120
 * expect: no-leak
 */
#include "scan.h"
#include <leakscope/leakscope.h>
#include <sys/wait.h>

static volatile int done;

static void *snapshots(void *argument)
{
	started();
	while (!done)
		leakscope_snapshot("during");
	return argument;
}

int main(void)
{
	pthread_t thread = start(snapshots);
	for (int i = 0; i < 200; i++) {
		int status = 0;
		pid_t child = fork();
		CHECK(child >= 0);
		if (child == 0) {
			CHECK(waitpid(-1, NULL, 0) == -1 && errno == ECHILD);
			free(keep(malloc(100)));
			_exit(i % 100);
		}
		CHECK(waitpid(-1, &status, 0) == child);
		CHECK(WIFEXITED(status) && WEXITSTATUS(status) == i % 100);
	}
	done = 1;
	CHECK(pthread_join(thread, NULL) == 0);
	CHECK(waitpid(-1, NULL, 0) == -1 && errno == ECHILD);
	return 0;
}
