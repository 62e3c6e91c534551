/* SPDX-License-Identifier: MIT */
/*
 * malloc_usable_size answers as without the shim, and what lies between the
 * request and the usable size may be written.
 *
 * expect: leak odd bytes=13 blocks=1 frames=main:odd
 * expect: totals allocations=1001 frees=1000
 */
#include "victim.h"
#include <malloc.h>

int main(void)
{
	size_t sum = 0;
	for (size_t n = 0; n < 1000; n++) {
		char *p = keep(malloc(n));
		size_t usable = malloc_usable_size(p);
		CHECK(usable >= n);
		memset(p, 1, usable);
		sum += usable;
		free(p);
	}
	say("%zu\n", sum);
	keep(malloc(13)); /* LEAK:odd */
	return 0;
}
