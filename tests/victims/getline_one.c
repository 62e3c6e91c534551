/* SPDX-License-Identifier: MIT */
/*
 * getline and getdelim leave a line's buffer (120 bytes in glibc) to the caller.
 *
 * suppressions: none
 * stdin: "one\ntwo;three\n"
 * expect: leak line bytes=120 blocks=1 top=.*get(line|delim) frames=read_line:line,main
 * expect: leak field bytes=120 blocks=1 top=.*getdelim frames=read_field:field,main
 * expect: leak buffer bytes>=1024 blocks=1 top=_IO_file_doallocate frames=read_line:line,main
 * expect: stdout="one\ntwo;"
 */
#include "victim.h"

static NOINLINE void read_line(void)
{
	char *line = NULL;
	size_t size = 0;
	CHECK(getline(&line, &size, stdin) == 4); /* LEAK:line */
	say("%s", (char *)keep(line));
}

static NOINLINE void read_field(void)
{
	char *line = NULL;
	size_t size = 0;
	CHECK(getdelim(&line, &size, ';', stdin) == 4); /* LEAK:field */
	say("%s", (char *)keep(line));
}

int main(void)
{
	read_line();
	read_field();
	return 0;
}
