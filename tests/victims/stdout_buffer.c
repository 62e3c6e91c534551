/* SPDX-License-Identifier: MIT */
/*
 * What printf keeps at exit is libc's buffer; a program that frees its own
 * blocks has no other. Its output comes out whole.
 *
 * suppressions: none
 * expect: leak buffer bytes>=512 blocks=1 top=_IO_file_doallocate frames=main:first
 * expect: stdout="one\ntwo\n"
 * expect: totals allocations=2 frees=1
 */
#include "victim.h"

int main(void)
{
	printf("one\n"); /* LEAK:buffer */ /* AT:first */
	free(keep(malloc(10)));
	printf("two\n");
	return 0;
}
