/* SPDX-License-Identifier: MIT */
/*
 * An unknown key in LEAKSCOPE_OPTIONS: one warning line in the whole process
 * tree, and the program runs.
 *
 * mode: preload
 * options: dir={rec}:report=none:colour=blue:depth=lots
 * children: 2
 * expect: leak own bytes=5 blocks=1 frames=main:own
 * expect@child: leak child bytes=6 blocks=1 processes=2 frames=main:child
 * expect: stderr~^[^\n]*colour[^\n]*\n(?![^\n]*colour)
 */
#include "victim.h"
#include <sys/wait.h>

int main(int argc, char **argv)
{
	int status = 0;
	if (argc > 1) {
		keep(malloc(6)); /* LEAK:child */
		return 0;
	}
	keep(malloc(5)); /* LEAK:own */
	for (int i = 0; i < 2; i++) {
		pid_t child = fork();
		if (child == 0) {
			char *arguments[] = {argv[0], "again", NULL};
			execv(argv[0], arguments);
			_exit(1);
		}
		CHECK(waitpid(child, &status, 0) == child && status == 0);
	}
	return 0;
}
