/* SPDX-License-Identifier: MIT */
/*
 * Started with its standard files closed: numbers 0 to 2 stay free for the
 * program, and nothing of the shim's is written into what it opens there.
 *
 * wrap: sh -c 'exec "$0" <&- >&- 2>&-'
 * mode: preload
 * images: any
 * expect: exit=7
 * expect: leak own bytes=24000 blocks=1000 frames=main:own
 */
#include "victim.h"
#include <fcntl.h>
#include <sys/stat.h>

int main(void)
{
	struct stat st;
	if (open("zero", O_RDWR | O_CREAT, 0600) != 0 || open("one", O_RDWR | O_CREAT, 0600) != 1 ||
	    open("two", O_RDWR | O_CREAT, 0600) != 2 || open("/dev/null", O_RDONLY) != 3)
		_exit(1);
	for (int i = 0; i < 1000; i++)
		keep(malloc(24)); /* LEAK:own */
	for (int fd = 0; fd < 3; fd++)
		if (fstat(fd, &st) != 0 || st.st_size != 0)
			_exit(2);
	return 7;
}
