/* SPDX-License-Identifier: MIT */
/*
 * Frames of libc between two of the program's own: a callback from qsort.
 *
 * expect: leak once bytes=48 blocks=1 frames=compare:once,main:sort
 */
#include "victim.h"

static int compare(const void *a, const void *b)
{
	static void *scratch;
	if (!scratch)
		scratch = keep(malloc(48)); /* LEAK:once */
	return (*(const int *)a > *(const int *)b) - (*(const int *)a < *(const int *)b);
}

int main(void)
{
	int values[] = {3, 1, 2, 5, 4};
	qsort(values, 5, sizeof(int), compare); /* AT:sort */
	CHECK(values[0] == 1 && values[4] == 5);
	return 0;
}
