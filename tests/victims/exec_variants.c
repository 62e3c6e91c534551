/* SPDX-License-Identifier: MIT */
/*
 * Every member of the exec family starts a tracked image.
 *
 * part: leaky from=leaky.c
 * run: {build}/leaky
 * children: 7
 * childimages: any
 * variants: gcc:-O0
 * expect: no-leak
 * expect@child: leak leaky bytes=111 blocks=1 processes=7 frames=leaky_leak:leaky,main
 */
#include "victim.h"
#include <fcntl.h>
#include <sys/wait.h>

int main(int argc, char **argv)
{
	char *arguments[] = {"leaky", NULL};
	CHECK(argc == 2);
	for (int way = 0; way < 7; way++) {
		int status = 0;
		pid_t child = fork();
		CHECK(child >= 0);
		if (child == 0) {
			switch (way) {
			case 0: execv(argv[1], arguments); break;
			case 1: execve(argv[1], arguments, environ); break;
			case 2: execvp(argv[1], arguments); break;
			case 3: execvpe(argv[1], arguments, environ); break;
			case 4: execl(argv[1], "leaky", (char *)NULL); break;
			case 5: execle(argv[1], "leaky", (char *)NULL, environ); break;
			case 6: fexecve(open(argv[1], O_RDONLY), arguments, environ); break;
			}
			_exit(99);
		}
		CHECK(waitpid(child, &status, 0) == child);
		CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 4);
	}
	return 0;
}
