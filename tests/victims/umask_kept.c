/* SPDX-License-Identifier: MIT */
/*
 * Under umask 0777 the recording can still be opened again when it grows, and
 * the program's own files get the mode it asks for.
 *
 * variants: gcc:-O2
 * expect: leak all bytes=1200000 blocks=50000 frames=main:all
 * expect: stdout="mode 0\n"
 */
#include "victim.h"
#include <fcntl.h>
#include <sys/stat.h>

int main(void)
{
	struct stat st;
	umask(0777);
	for (int i = 0; i < 50000; i++)
		keep(malloc(24)); /* LEAK:all */
	CHECK(open("file", O_CREAT | O_RDWR, 0644) >= 0);
	CHECK(stat("file", &st) == 0);
	say("mode %o\n", st.st_mode & 0777);
	return 0;
}
