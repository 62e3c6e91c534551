/* SPDX-License-Identifier: MIT */
/*
 * What only memory pointed to that has been unmapped, or given back with
 * MADV_DONTNEED, is lost.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * gate: fail
 * expect: leak unmapped bytes=11 blocks=1 kind=definite frames=fill:unmapped,main
 * expect: leak given bytes=22 blocks=1 kind=definite frames=fill:given,main
 */
#include "scan.h"
#include <sys/mman.h>

#define SIZE 65536

static NOINLINE void fill(void)
{
	for (int i = 0; i < 2; i++) {
		void **memory = mmap(NULL, SIZE, PROT_READ | PROT_WRITE,
				     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		CHECK(memory != MAP_FAILED);
		if (i == 0) {
			memory[77] = malloc(11); /* LEAK:unmapped */
			CHECK(munmap(memory, SIZE) == 0);
		} else {
			memory[77] = malloc(22); /* LEAK:given */
			CHECK(madvise(memory, SIZE, MADV_DONTNEED) == 0);
		}
	}
}

int main(void)
{
	fill();
	return 0;
}
