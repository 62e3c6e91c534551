/* SPDX-License-Identifier: MIT */
/*
 * A malloc that fails returns NULL with ENOMEM, and nothing is recorded.
 *
 * expect: no-leak
 * expect: totals allocations=0 frees=0 allocated_bytes=0
 */
#include "victim.h"

static volatile size_t huge = (size_t)PTRDIFF_MAX + 1;

int main(void)
{
	for (int i = 0; i < 3; i++) {
		errno = 0;
		CHECK(keep(malloc(huge)) == NULL);
		CHECK(errno == ENOMEM);
		errno = 0;
		CHECK(keep(calloc(huge, 4)) == NULL); /* the product overflows */
		CHECK(errno == ENOMEM);
	}
	return 0;
}
