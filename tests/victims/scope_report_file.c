/* SPDX-License-Identifier: MIT */
/*
 * scope_report= writes each close record that has survivors when it happens: at
 * exit the file is there, the path and the bytes are in it, the clean scope's
 * name is not.
 *
 * options: scope_report={dir}/closes.txt
 * bare: differs
 * expect: leak dirty bytes=123 blocks=1 scope=/dirty frames=main:dirty
 * expect: stdout="dirty 1, clean 0, bytes 1\n"
 */
#include "victim.h"
#include <fcntl.h>
#include <leakscope/leakscope.h>

int main(void)
{
	static char text[65536];
	LEAKSCOPE_SCOPE("clean")
		free(keep(malloc(77)));
	LEAKSCOPE_SCOPE("dirty")
		keep(malloc(123)); /* LEAK:dirty */
	int fd = open("closes.txt", O_RDONLY);
	CHECK(fd >= 0 && read(fd, text, sizeof(text) - 1) > 0);
	close(fd);
	say("dirty %d, clean %d, bytes %d\n", strstr(text, "/dirty") != NULL,
	    strstr(text, "clean") != NULL, strstr(text, "123") != NULL);
	return 0;
}
