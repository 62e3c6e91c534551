/* SPDX-License-Identifier: MIT */
/*
 * A realloc that fails leaves the block, its record and its line as they were.
 *
 * cflags: -Wno-use-after-free
 * variants: gcc:-O0,gcc:-O2
 * expect: leak stays bytes=300 blocks=1 frames=main:stays
 * expect: totals allocations=1 frees=0 allocated_bytes=300 live_bytes=300 peak_bytes=300
 */
#include "victim.h"

static volatile size_t huge = (size_t)PTRDIFF_MAX;

int main(void)
{
	char *p = keep(malloc(300)); /* LEAK:stays */
	p[299] = 'x';
	for (int i = 0; i < 3; i++) {
		errno = 0;
		CHECK(keep(realloc(p, huge)) == NULL);
		CHECK(errno == ENOMEM);
		CHECK(keep(reallocarray(p, huge, 16)) == NULL);
		CHECK(errno == ENOMEM);
	}
	CHECK(p[299] == 'x');
	return 0;
}
