/* SPDX-License-Identifier: MIT */
/*
 * In steady state malloc and free make no system call, those that save the
 * signal mask included: a seccomp filter that traps everything but sigreturn,
 * write and exit counts none, and answers each with ENOSYS, the ones at the end
 * of the program too.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0
 *
 * expect: leak warm bytes=100 blocks=1 frames=main:warm
 * expect: stdout="0 system calls\n"
 */
#include "syscalls.h"

static NOINLINE void pair(size_t n, int depth)
{
	if (depth > 0)
		pair(n, depth - 1);
	else
		free(keep(malloc(n)));
	NO_TAIL();
}

static NOINLINE void pairs(void)
{
	for (volatile int i = 0; i < 10; i++)
		for (size_t n = 1; n < 100; n++)
			pair(n, (int)(n % 10));
}

int main(void)
{
	keep(malloc(100)); /* LEAK:warm */
	/* One call site, so that the second round meets no new stack. */
	for (volatile int round = 0; round < 2; round++) {
		if (round == 1)
			count_system_calls();
		pairs();
	}
	say_system_calls();
	return 0;
}
