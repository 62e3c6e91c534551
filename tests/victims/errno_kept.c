/* SPDX-License-Identifier: MIT */
/*
 * No hook changes errno where libc keeps it, the first call of each included
 * (that is when a shim sets itself up).
 *
 * expect: no-leak
 */
#include "victim.h"
#include <malloc.h>

#define KEEPS(statement)                                                                           \
	do {                                                                                       \
		errno = 4321;                                                                      \
		statement;                                                                         \
		CHECK(errno == 4321);                                                              \
	} while (0)

int main(void)
{
	void *p, *q = NULL;
	for (int i = 0; i < 1000; i++) {
		KEEPS(p = keep(malloc(10)));
		KEEPS(p = keep(realloc(p, 20)));
		KEEPS(free(p));
		KEEPS(p = keep(calloc(3, 10)));
		KEEPS(p = keep(reallocarray(p, 3, 100)));
		KEEPS(free(p));
		KEEPS(CHECK(posix_memalign(&q, 64, 100) == 0));
		KEEPS(CHECK(malloc_usable_size(q) >= 100));
		KEEPS(free(q));
		KEEPS(p = keep(aligned_alloc(64, 64)));
		KEEPS(free(p));
		KEEPS(p = keep(memalign(64, 64)));
		KEEPS(free(p));
		KEEPS(p = keep(valloc(64)));
		KEEPS(free(p));
		KEEPS(free(NULL));
		/* Large ones are mmapped: free calls munmap and glibc restores errno. */
		KEEPS(p = keep(malloc(1 << 20)));
		KEEPS(free(p));
	}
	return 0;
}
