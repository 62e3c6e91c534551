/* SPDX-License-Identifier: MIT */
/*
 * The working directory changes, and the recording, which lies in the first one,
 * grows all the same.
 *
 * mode: preload
 * options: report=none
 * recording: cwd
 * variants: gcc:-O2
 * expect: leak all bytes=1200000 blocks=50000 frames=main:all
 */
#include "victim.h"

int main(void)
{
	CHECK(chdir("/") == 0);
	for (int i = 0; i < 50000; i++)
		keep(malloc(24)); /* LEAK:all */
	return 0;
}
