/* SPDX-License-Identifier: MIT */
/*
 * No file number to spare, from the start.
 *
 * wrap: prlimit --nofile=4 --
 * mode: preload
 * images: any
 * expect: leak kept bytes=50 blocks=1 frames=main:kept
 */
#include "victim.h"
#include <fcntl.h>

int main(void)
{
	int fd = open("/dev/null", O_RDONLY);
	CHECK(fd == 3);
	CHECK(open("/dev/null", O_RDONLY) == -1 && errno == EMFILE);
	keep(malloc(50)); /* LEAK:kept */
	for (int i = 0; i < 20000; i++)
		free(keep(malloc(16)));
	return 0;
}
