/* SPDX-License-Identifier: MIT */
/*
 * Pointers that are only in memory a copy of the process does not get: MADV_DONTFORK and
 * MADV_WIPEONFORK. The blocks are reachable, and the advice stays.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * gate: pass
 * expect: leak not bytes=11 blocks=1 kind=reachable frames=build:not,main
 * expect: leak wiped bytes=22 blocks=1 kind=reachable frames=build:wiped,main
 * expect: leak block bytes=65536 blocks=1 kind=reachable frames=build:block,main
 * expect: leak inside bytes=33 blocks=1 kind=reachable frames=build:inside,main
 */
#include "scan.h"
#include <leakscope/leakscope.h>
#include <sys/mman.h>

#ifndef MADV_WIPEONFORK
#define MADV_WIPEONFORK 18
#endif

static void *volatile block;

static NOINLINE void *map(int advice)
{
	char *memory =
		mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(memory != MAP_FAILED && madvise(memory, 65536, advice) == 0);
	return memory + 5000 * sizeof(void *);
}

static NOINLINE void build(void)
{
	void *memory = NULL;
	*(void **)map(MADV_DONTFORK) = malloc(11);        /* LEAK:not */
	*(void **)map(MADV_WIPEONFORK) = malloc(22);      /* LEAK:wiped */
	CHECK(posix_memalign(&memory, 4096, 65536) == 0); /* LEAK:block */
	memset(memory, 0, 65536);
	block = memory;
	((void **)memory)[4000] = malloc(33); /* LEAK:inside */
	CHECK(madvise(memory, 65536, MADV_DONTFORK) == 0);
}

int main(void)
{
	build();
	wipe();
	leakscope_snapshot("once");
	return 0;
}
