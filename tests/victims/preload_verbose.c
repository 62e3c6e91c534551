/* SPDX-License-Identifier: MIT */
/*
 * verbose=1: where the recording is, and the report.
 *
 * mode: preload
 * options: verbose=1:dir={dir}
 * recording: cwd
 * bare: differs
 * variants: gcc:-O0
 * expect: leak kept bytes=21 blocks=1 frames=main:kept
 * expect: stderr~leakscope:.recording.*preload_verbose.*rec\nleakscope:.report.*preload_verbose.*txt\n$
 * expect: text~21 B
 */
#include "victim.h"

int main(void)
{
	keep(malloc(21)); /* LEAK:kept */
	return 0;
}
