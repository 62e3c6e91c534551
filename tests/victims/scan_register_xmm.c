/* SPDX-License-Identifier: MIT */
/*
 * A thread loops with pointers in vector registers only (x86-64; elsewhere on its
 * stack): in the lower and in the upper half.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * libs: -lpthread
 * gate: pass
 * expect: leak held bytes=160 blocks=4 entries>=1 kind=reachable frames=looper:held
 */
#include "scan.h"

static void *looper(void *argument)
{
	uint64_t hidden[4];
	for (int i = 0; i < 4; i++)
		hidden[i] = HIDE(malloc(40)); /* LEAK:held */
	wipe();
	started();
#ifdef __x86_64__
	__asm__ volatile("movq %[mask], %%xmm0\n\t"
			 "punpcklqdq %%xmm0, %%xmm0\n\t"
			 "movdqu (%[hidden]), %%xmm3\n\t"
			 "movdqu 16(%[hidden]), %%xmm15\n\t"
			 "pxor %%xmm0, %%xmm3\n\t"
			 "pxor %%xmm0, %%xmm15\n\t"
			 "1: pause\n\t"
			 "jmp 1b"
			 :
			 : [hidden] "r"(hidden), [mask] "r"(MASK)
			 : "xmm0", "xmm3", "xmm15", "memory");
#else
	void *volatile shown[4] = {SHOW(hidden[0]), SHOW(hidden[1]), SHOW(hidden[2]),
				   SHOW(hidden[3])};
	while (shown[0])
		;
#endif
	return argument;
}

int main(void)
{
	start(looper);
	return 0;
}
