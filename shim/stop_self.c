/* SPDX-License-Identifier: MIT */
/* What the calling thread itself holds; the others are described by stop.c. */
#include <signal.h>

#include "glue.h"
#include "stop.h"
#include "text.h"
#include "unwind.h"

/*
 * Where the stack cannot be walked it counts from here up, with the shim's own
 * frames: the host's registers are saved in some of them.  Those that are still
 * in their registers lie in this frame, which does not last: they are copied.
 */
__attribute__((noinline)) static void from_here(struct ls_registers *r)
{
	__builtin_unwind_init();
	r->sp = (uintptr_t)__builtin_frame_address(0);
	r->count = LS_UNWIND_SAVED;
	ls_copy(r->word, (uintptr_t *)r->sp - LS_UNWIND_SAVED, sizeof(uintptr_t[LS_UNWIND_SAVED]));
}

static void describe(struct ls_registers *r)
{
	stack_t alt = {0};
	r->tid = ls_sys_gettid();
	r->tcb = (uintptr_t)__builtin_thread_pointer();
	r->signal_stack = ls_sys2(SYS_sigaltstack, NULL, &alt) == 0 ? (uintptr_t)alt.ss_sp : 0;
}

void ls_registers_here(struct ls_registers *r)
{
	describe(r);
	from_here(r);
}

void ls_registers_of_host(struct ls_registers *r, bool past_exit, uintptr_t caller)
{
	(void)caller;
	describe(r);
	if (!ls_unwind_to_host(past_exit, &r->sp, r->word, &r->count))
		from_here(r);
}
