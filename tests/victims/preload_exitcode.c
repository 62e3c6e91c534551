/* SPDX-License-Identifier: MIT */
/*
 * exitcode= changes the status of a program with leaks, and stdio comes out.
 *
 * mode: preload
 * options: dir={rec}:report=none:exitcode=23
 * bare: differs
 * suppressions: none
 * expect: exit=23
 * expect: stdout="printed\n"
 * expect: leak own bytes=500 blocks=1 frames=main:own
 * expect: leak buffer bytes>=512 blocks=1 top=.* frames=main:print
 */
#include "victim.h"

int main(void)
{
	printf("printed\n"); /* LEAK:buffer */ /* AT:print */
	keep(malloc(500));                     /* LEAK:own */
	return 0;
}
