/* SPDX-License-Identifier: MIT */
/*
 * The environment of the program and of its children is as bare, apart from
 * LD_PRELOAD and LEAKSCOPE_*; so are the arguments, the working directory, the
 * umask and the open files.
 *
 * env: CHECKED=some=odd:value
 * children: any
 * expect: exit=0
 */
#include "victim.h"
#include <dirent.h>
#include <sys/stat.h>
#include <sys/wait.h>

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void show(void)
{
	char *sorted[200], cwd[400];
	int count = 0;
	for (char **e = environ; *e && count < 200; e++)
		if (strncmp(*e, "LD_PRELOAD=", 11) != 0 && strncmp(*e, "LEAKSCOPE_", 10) != 0)
			sorted[count++] = *e;
	qsort(sorted, (size_t)count, sizeof(*sorted), compare);
	for (int i = 0; i < count; i++)
		if (strncmp(sorted[i], "PWD=", 4) != 0)
			say("%s\n", sorted[i]);
	CHECK(getcwd(cwd, sizeof(cwd)));
	say("umask %o\n", (unsigned int)umask(0));
	for (int fd = 0; fd < 64; fd++) {
		struct stat st;
		if (fstat(fd, &st) == 0)
			say("fd %d\n", fd);
	}
}

int main(int argc, char **argv)
{
	int status = 0;
	show();
	if (argc > 1)
		return 0;
	pid_t child = fork();
	if (child == 0) {
		char *arguments[] = {argv[0], "again", NULL};
		execv(argv[0], arguments);
		_exit(1);
	}
	CHECK(waitpid(child, &status, 0) == child && status == 0);
	return 0;
}
