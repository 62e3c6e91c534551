/* SPDX-License-Identifier: MIT */
/*
 * A function whose unwind information is wrong: its frame is said to end two
 * MiB above, where nothing is mapped. The program must not notice, and the
 * frames up to there are right.
 *
 * variants: gcc:-O2,clang:-O2
 * expect: stdout="alive\n"
 * expect: leak kept bytes=99 blocks=3 frames=call_malloc:kept
 */
#include "victim.h"

void *call_malloc(size_t n);
void *wrong(void);

NOINLINE void *call_malloc(size_t n)
{
	void *p = keep(malloc(n)); /* LEAK:kept */
	return p;
}

/* Only hand-written assembly gets this wrong, so it takes some. */
__asm__(".text\n"
	".globl wrong\n"
	".type wrong, @function\n"
	"wrong:\n"
	".cfi_startproc\n"
	"sub $24, %rsp\n"
	".cfi_def_cfa_offset 0x200000\n"
	"mov $33, %edi\n"
	"call call_malloc@PLT\n"
	"add $24, %rsp\n"
	".cfi_def_cfa_offset 8\n"
	"ret\n"
	".cfi_endproc\n"
	".size wrong, . - wrong\n");

int main(void)
{
	for (int i = 0; i < 3; i++)
		keep(wrong());
	say("alive\n");
	return 0;
}
