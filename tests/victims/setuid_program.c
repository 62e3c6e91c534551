/* SPDX-License-Identifier: MIT */
/*
 * A setuid program drops LD_PRELOAD: the command says so and why.
 *
 * setuid: yes
 * quiet: no
 * run: --version
 * variants: gcc:-O0
 * expect: no-recording
 * expect: stderr~(?i)(setuid|set-user-id)
 */
#include "victim.h"

int main(void)
{
	keep(malloc(100));
	say("in its own name: %d\n", geteuid() == getuid());
	return 0;
}
