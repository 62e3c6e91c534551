/* SPDX-License-Identifier: MIT */
/*
 * Calls that end their function: the return address is that of whatever comes next, whose
 * frame is another.  The fast unwinder and libunwind agree, and so does the report.
 *
 * variants: gcc:-O2,clang:-O2,gcc:-O0,gcc:-O2+-fno-omit-frame-pointer
 * options: verify_unwind=1
 * expect: leak last bytes=700 blocks=100 frames=out:last,ends_here,via,main entries=1
 * expect: note~^0 backtraces of the fast unwinder differ from libunwind's, of [0-9]{3,} compared$
 */
#include "victim.h"
#include <setjmp.h>

static jmp_buf back;

static NOINLINE __attribute__((noreturn)) void out(int size)
{
	keep(malloc((size_t)size)); /* LEAK:last */
	longjmp(back, 1);
}

static NOINLINE __attribute__((noreturn)) void ends_here(int size)
{
	volatile char pad[104];
	pad[size] = 0;
	out(size + pad[size]);
}

/* Comes right after it. */
static NOINLINE void via(int size)
{
	volatile char pad[8];
	pad[0] = 0;
	ends_here(size + pad[0]);
}

int main(void)
{
	for (volatile int i = 0; i < 100; i++)
		if (setjmp(back) == 0)
			via(7);
	return 0;
}
