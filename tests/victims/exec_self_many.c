/* SPDX-License-Identifier: MIT */
/*
 * Ten images of one process, one after the other: each has its recording, none
 * of the earlier ones has leaks.
 *
 * images: 9
 * variants: gcc:-O0
 * run: 9
 * expect: leak last bytes=9 blocks=1 frames=main:last
 * expect@exec1: state=exec
 * expect@exec9: state=exec
 * expect@exec9: summary leaked_blocks=0
 */
#include "victim.h"

int main(int argc, char **argv)
{
	char next[16];
	int left = atoi(argv[argc - 1]);
	if (left > 0) {
		keep(malloc(100));
		snprintf(next, sizeof(next), "%d", left - 1);
		execl("/proc/self/exe", argv[0], next, (char *)NULL);
		return 1;
	}
	keep(malloc(9)); /* LEAK:last */
	return 0;
}
