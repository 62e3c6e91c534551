/* SPDX-License-Identifier: MIT */
/*
 * system() and popen(): the shell's child is tracked, output and status are as
 * bare. (sh itself has no leak worth telling or execs at once.)
 *
 * part: leaky from=leaky.c
 * run: {build}/leaky
 * children: any
 * childimages: any
 * images: any
 * expect: leak own bytes=5 blocks=1 frames=main:own
 * expect@child: leak leaky bytes=111 blocks=1 processes=2 frames=leaky_leak:leaky,main
 * expect: stdout="one\ngot two\n"
 */
#include "victim.h"
#include <sys/wait.h>

int main(int argc, char **argv)
{
	char command[600], line[100];
	CHECK(argc == 2);
	keep(malloc(5)); /* LEAK:own */
	snprintf(command, sizeof(command), "%s one; exit $?", argv[1]);
	int status = system(command);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 4);
	snprintf(command, sizeof(command), "%s two", argv[1]);
	FILE *pipe = popen(command, "r");
	CHECK(pipe && fgets(line, sizeof(line), pipe));
	say("got %s", line);
	status = pclose(pipe);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 4);
	return 0;
}
