/* SPDX-License-Identifier: MIT */
/*
 * exit_group by syscall(): nobody is asked, the recording is complete.
 *
 * expect: exit=6
 * expect: leak kept bytes=13 blocks=1 frames=main:kept
 */
#include "victim.h"
#include <sys/syscall.h>

int main(void)
{
	keep(malloc(13)); /* LEAK:kept */
	syscall(SYS_exit_group, 6);
	return 0;
}
