/* SPDX-License-Identifier: MIT */
/*
 * A program that waits for children of every sort (__WALL, as a first process of a container
 * may) finds none while and after snapshots are taken.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * expect: no-leak
 */
#include "scan.h"
#include <leakscope/leakscope.h>
#include <sys/wait.h>

int main(void)
{
	for (int i = 0; i < 50; i++) {
		leakscope_snapshot("during");
		CHECK(waitpid(-1, NULL, WNOHANG | __WALL) == -1 && errno == ECHILD);
		CHECK(waitpid(-1, NULL, WNOHANG | __WCLONE) == -1 && errno == ECHILD);
		usleep(500);
	}
	CHECK(waitpid(-1, NULL, __WALL) == -1 && errno == ECHILD);
	return 0;
}
