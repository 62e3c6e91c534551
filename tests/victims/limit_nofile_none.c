/* SPDX-License-Identifier: MIT */
/*
 * Not even one: the loader itself needs a number to start a program, so the limit
 * is set by the program, before its blocks outgrow the recording's first segment. What can't be stored
 * any more is lost, and a note says so.
 *
 * racy: 50000
 * expect: note~(?i)(memory|lost)
 * variants: gcc:-O2
 * expect: leak all bytes>=24 blocks>=1 entries>=1 frames=main:all
 */
#include "victim.h"
#include <sys/resource.h>

int main(void)
{
	struct rlimit none = {0, 0};
	CHECK(setrlimit(RLIMIT_NOFILE, &none) == 0);
	CHECK(dup(1) == -1);
	for (int i = 0; i < 50000; i++)
		keep(malloc(24)); /* LEAK:all */
	return 0;
}
