/* SPDX-License-Identifier: MIT */
/*
 * What libc's allocator itself keeps is no root: its pointers to free chunks and to the
 * rest of the heap begin inside, or right behind, the block before. Lost blocks of
 * all sizes that are neighbours of such chunks stay lost.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * libs: -lpthread
 * gate: fail
 * expect: leak main bytes>=1 blocks=400 kind=definite entries>=1 frames=lose:lost,main
 * expect: leak thread bytes>=1 blocks=400 kind=definite entries>=1 frames=lose:lost,ends
 * expect: leak last bytes=24 blocks=1 kind=definite frames=last:last,main
 */
#include "scan.h"

static NOINLINE void lose(void)
{
	for (int size = 1; size <= 400; size++) {
		keep(malloc((size_t)size * 4)); /* LEAK:lost */
		void *between = malloc((size_t)size * 4);
		void *large = malloc(1500);
		free(keep(between));
		free(keep(large));
	}
}

static NOINLINE void last(void)
{
	keep(malloc(24)); /* LEAK:last */
}

static void *ends(void *argument)
{
	lose();
	return argument;
}

int main(void)
{
	pthread_t thread;
	CHECK(pthread_create(&thread, NULL, ends, NULL) == 0);
	CHECK(pthread_join(thread, NULL) == 0);
	lose();
	last();
	return 0;
}
