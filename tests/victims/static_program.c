/* SPDX-License-Identifier: MIT */
/*
 * A static program can't be tracked: the command says so and why, and passes its
 * status on.
 *
 * variants: gcc:-O0+-static
 * quiet: no
 * expect: exit=6
 * expect: no-recording
 * expect: stdout="static\n"
 * expect: stderr~(?i)static
 */
#include "victim.h"

int main(void)
{
	keep(malloc(100));
	say("static\n");
	return 6;
}
