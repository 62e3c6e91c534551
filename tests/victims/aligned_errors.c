/* SPDX-License-Identifier: MIT */
/*
 * What libc refuses is refused in the same way, and not recorded.
 *
 * expect: no-leak
 * expect: totals allocations=0 frees=0
 */
#include "victim.h"
#include <malloc.h>

static volatile size_t huge = (size_t)PTRDIFF_MAX + 1, odd = ((size_t)1 << 63) | 1;

int main(void)
{
	errno = 0;
	CHECK(keep(aligned_alloc(64, huge)) == NULL && errno == ENOMEM);
	errno = 0;
	CHECK(keep(memalign(64, huge)) == NULL && errno == ENOMEM);
	errno = 0;
	CHECK(keep(memalign(odd, 8)) == NULL && errno == EINVAL);
	errno = 0;
	CHECK(keep(valloc(huge)) == NULL && errno == ENOMEM);
	errno = 0;
	CHECK(keep(pvalloc(huge)) == NULL && errno == ENOMEM);
	errno = 0;
	CHECK(keep(pvalloc(SIZE_MAX)) == NULL && errno == ENOMEM);
	return 0;
}
