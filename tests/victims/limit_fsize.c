/* SPDX-License-Identifier: MIT */
/*
 * A small RLIMIT_FSIZE: no SIGXFSZ, the program does as bare, the recording goes
 * elsewhere when it outgrows the limit, and a note says so.
 *
 * wrap: prlimit --fsize=200000 --
 * images: any
 * mode: preload
 * variants: gcc:-O2
 * expect: leak all bytes=192000 blocks=8000 frames=main:all
 * expect: note~(?i)(fsize|limit|file size)
 */
#include "victim.h"

int main(void)
{
	for (int i = 0; i < 8000; i++)
		keep(malloc(24)); /* LEAK:all */
	return 0;
}
