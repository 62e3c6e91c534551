/* SPDX-License-Identifier: MIT */
/*
 * Pages that cannot be read in the middle of a block, and in a mapping: the scan goes
 * around them, and finds what lies before and behind. It changes no protection.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * gate: pass
 * expect: leak block bytes=65536 blocks=1 kind=reachable frames=build:block,main
 * expect: leak before bytes=11 blocks=1 kind=reachable frames=build:before,main
 * expect: leak behind bytes=22 blocks=1 kind=reachable frames=build:behind,main
 * expect: leak mapped bytes=66 blocks=2 kind=reachable entries>=1 frames=build:mapped,main
 */
#include "scan.h"
#include <leakscope/leakscope.h>
#include <signal.h>
#include <sys/mman.h>

static char *volatile block;

static void handler(int number)
{
	(void)number;
	complain("a fault in the program\n");
}

static NOINLINE void build(void)
{
	void *memory = NULL;
	CHECK(posix_memalign(&memory, 4096, 65536) == 0); /* LEAK:block */
	memset(memory, 0, 65536);
	block = memory;
	((void **)memory)[3] = malloc(11);                          /* LEAK:before */
	((void **)memory)[65536 / sizeof(void *) - 3] = malloc(22); /* LEAK:behind */
	CHECK(mprotect(block + 8192, 8192, PROT_NONE) == 0);
	char *mapping =
		mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(mapping != MAP_FAILED);
	for (int i = 0; i < 2; i++)
		((void **)mapping)[i * 8000] = malloc(33); /* LEAK:mapped */
	CHECK(mprotect(mapping + 8192, 8192, PROT_NONE) == 0);
	CHECK(mprotect(mapping + 32768, 4096, PROT_WRITE) == 0);
}

int main(void)
{
	CHECK(signal(SIGSEGV, handler) != SIG_ERR && signal(SIGBUS, handler) != SIG_ERR);
	build();
	wipe();
	leakscope_snapshot("once");
	return 0;
}
