/* SPDX-License-Identifier: MIT */
/*
 * A FILE nobody closed: the stream and its buffer.
 *
 * suppressions: none
 * expect: leak stream bytes=472 blocks=1 top=.* frames=open_it:stream,main
 * expect: leak buffer bytes>=512 blocks=1 top=.* frames=open_it:buffer,main
 * expect: totals allocations=4 frees=2
 */
#include "victim.h"

static NOINLINE void open_it(void)
{
	FILE *f = fopen("/proc/self/stat", "r"); /* LEAK:stream */
	CHECK(f);
	CHECK(fgetc(f) != EOF); /* LEAK:buffer */
	f = fopen("/proc/self/stat", "r");
	CHECK(f && fgetc(f) != EOF);
	CHECK(fclose(f) == 0);
}

int main(void)
{
	open_it();
	return 0;
}
