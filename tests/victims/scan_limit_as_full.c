/* SPDX-License-Identifier: MIT */
/*
 * An address space that the program has used up altogether: there may be no place for
 * verdicts, and then a note says so and the gate fails.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * wrap: prlimit --as=100000000 --
 * images: any
 * mode: preload
 * gate: fail
 * expect: note~blocks are not classified
 * expect: leak held bytes=8000000 blocks=400 frames=fill:held,main
 * expect: leak lost bytes=20 blocks=1 frames=lose:lost,main
 */
#include "scan.h"
#include <sys/mman.h>

static void **volatile list;

static NOINLINE void fill(void)
{
	for (int i = 0; i < 400; i++) {
		void **block = calloc(1, 20000); /* LEAK:held */
		CHECK(block);
		block[7] = list;
		list = block;
	}
}

static NOINLINE void lose(void)
{
	keep(malloc(20)); /* LEAK:lost */
}

int main(void)
{
	fill();
	lose();
	/* The rest of it. */
	for (size_t size = (size_t)64 << 20; size >= 4096; size /= 2)
		while (mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) !=
		       MAP_FAILED)
			;
	wipe();
	return 0;
}
