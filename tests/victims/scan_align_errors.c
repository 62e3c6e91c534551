/* SPDX-License-Identifier: MIT */
/*
 * What posix_memalign, aligned_alloc and memalign say to alignments that are none, and
 * to sizes that cannot be, is the same with and without a recorder.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * expect: no-leak
 */
#include "scan.h"
#include <malloc.h>

static volatile size_t alignments[] = {0, 1, 3, 4, 7, 8, 12, 16, 24, 100, 4096, 5000, SIZE_MAX / 2};
static volatile size_t sizes[] = {0, 1, 100, SIZE_MAX, SIZE_MAX - 4096};

int main(void)
{
	for (size_t i = 0; i < sizeof(alignments) / sizeof(*alignments); i++)
		for (size_t j = 0; j < sizeof(sizes) / sizeof(*sizes); j++) {
			size_t alignment = alignments[i], size = sizes[j];
			void *p = (void *)77;
			errno = 5;
			int result = posix_memalign(&p, alignment, size);
			say("%zu %zu: %d %d %d", alignment, size, result, errno,
			    p == (void *)77 ? 2 : p != NULL);
			if (result == 0)
				free(p);
			errno = 5;
			p = aligned_alloc(alignment, size);
			say(" %d %d", p != NULL, errno);
			free(p);
			errno = 5;
			p = memalign(alignment, size);
			say(" %d %d\n", p != NULL, errno);
			free(p);
		}
	return 0;
}
