/* SPDX-License-Identifier: MIT */
/*
 * --sample: figures are estimates and say so; over fifty thousand equal blocks
 * they are within a fifth of the truth.
 *
 * flags: --sample 4096
 * variants: gcc:-O2
 * expect: leak most bytes>=40000000 blocks>=40000 estimated=yes frames=main:most
 * expect: summary leaked_bytes<=60000000 leaked_blocks<=60000
 */
#include "victim.h"

int main(void)
{
	for (int i = 0; i < 50000; i++) {
		keep(malloc(1000)); /* LEAK:most */
		free(keep(malloc(1000)));
	}
	return 0;
}
