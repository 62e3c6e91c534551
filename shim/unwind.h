/* SPDX-License-Identifier: MIT */
/*
 * Backtraces, behind one small interface.  Behind it now: libunwind's
 * unw_backtrace, opened with dlopen and tamed (unwind_guest.c).
 */
#ifndef LS_UNWIND_H
#define LS_UNWIND_H

#include <stdbool.h>
#include <stdint.h>

/* In the constructor: find the unwinder.  False: stacks will have one frame. */
bool ls_unwind_start(void);

/* Make this thread's first backtrace, whose cost and allocations are the unwinder's own. */
void ls_unwind_prime(void);

/*
 * Take a backtrace: PC gets up to MAX return addresses, the first being FIRST,
 * the return address of the hook.  RAW is room for MAX + LS_OWN_FRAMES words.
 * Returns how many (at least 1), *FLAGS gets enum ls_stack_flags.  Inside the
 * guard; keeps errno; uses little stack, for hooks run on small ones.
 */
unsigned ls_unwind(uintptr_t first, void **raw, uintptr_t *pc, unsigned max, uint32_t *flags);

/*
 * The innermost frame on this thread's stack that is the host's, with PAST_EXIT
 * the one that called libc's exit, if that is among the callers: its stack
 * pointer, and in WORD (room for LS_UNWIND_SAVED) the registers that called
 * functions keep, as it had them; *COUNT how many.  False: it was not found.
 * Inside the guard; keeps errno.
 */
#define LS_UNWIND_SAVED 16u
bool ls_unwind_to_host(bool past_exit, uintptr_t *sp, uintptr_t *word, uint32_t *count);

/* A signal handler jumped out of the unwinder on this thread: it is free again. */
void ls_unwind_abandon(void);

/* Forget what is cached of code addresses. */
void ls_unwind_flush(void);

/* An address in the unwinder's library, 0 if there is none. */
uintptr_t ls_unwind_module(void);

/* True while this thread is inside the unwinder (asked by nested hooks). */
bool ls_unwind_active(void);


#endif
