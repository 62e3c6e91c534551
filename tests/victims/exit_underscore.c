/* SPDX-License-Identifier: MIT */
/*
 * _exit: no handlers run, the recording is complete, stdio is not flushed.
 *
 * suppressions: none
 * expect: exit=5
 * expect: stdout=""
 * expect: leak kept bytes=12 blocks=1 frames=main:kept
 * expect: leak buffer bytes>=512 blocks=1 top=_IO_file_doallocate frames=main:print
 */
#include "victim.h"

int main(void)
{
	printf("lost"); /* LEAK:buffer */ /* AT:print */
	keep(malloc(12));                 /* LEAK:kept */
	_exit(5);
}
