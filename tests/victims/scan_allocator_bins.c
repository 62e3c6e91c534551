/* SPDX-License-Identifier: MIT */
/*
 * A heap as it is after a long time, with free chunks of nearly all sizes: hardly any of
 * the bins in the allocator's state is empty, and still it is no root.  The lost blocks
 * each lie before such a chunk, whose header begins within them.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * gate: fail
 * expect: leak main bytes=5904 blocks=246 kind=definite entries>=1 frames=lose:lost,fill,main
 */
#include <malloc.h>

#include "scan.h"

enum { CACHED = 7, CACHED_MAX = 1040 };

static void *hole[200];
static unsigned holes;

static NOINLINE void lose(void)
{
	keep(malloc(24)); /* LEAK:lost */
}

static NOINLINE void fill(size_t chunk)
{
	const size_t size = chunk - sizeof(size_t);
	void *cached[CACHED] = {NULL};
	/* what the thread's cache has room for comes back first */
	for (int i = 0; i < CACHED && chunk <= CACHED_MAX; i++)
		cached[i] = malloc(size);
	lose();
	hole[holes++] = malloc(size);
	lose();
	for (int i = 0; i < CACHED; i++)
		free(cached[i]);
}

int main(void)
{
	CHECK(mallopt(M_MXFAST, 0) == 1);
	CHECK(mallopt(M_MMAP_MAX, 0) == 1);
	for (size_t chunk = 32; chunk < 1024; chunk += 16)
		fill(chunk);
	for (size_t chunk = 1024; chunk < 3136; chunk += 64)
		fill(chunk);
	for (size_t chunk = 3584; chunk <= 10752; chunk += 512)
		fill(chunk);
	for (size_t chunk = 12288; chunk <= 40960; chunk += 4096)
		fill(chunk);
	for (size_t chunk = 65536; chunk <= 163840; chunk += 32768)
		fill(chunk);
	fill(300000);
	for (unsigned i = 0; i < holes; i++)
		free(hole[i]);
	/* larger than all of them: they are sorted into their bins */
	free(keep(malloc(1000000)));
	return 0;
}
