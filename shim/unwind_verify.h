/* SPDX-License-Identifier: MIT */
/*
 * verify_unwind=1: each trace of the walk is compared with libunwind's.  Inside the
 * guard; async-signal-safe.
 */
#ifndef LS_UNWIND_VERIFY_H
#define LS_UNWIND_VERIFY_H

#include <stdbool.h>
#include <stdint.h>

struct ls_walk;
/* Is what W has just found the same?  Counts; remembers the first difference. */
bool ls_verify_stack(const struct ls_walk *w, const uintptr_t *pc, unsigned count, uint32_t flags);

/* Note what came of it, if it was asked for.  Takes the recording's lock. */
void ls_verify_note(void);

/* In a forked child. */
void ls_verify_reset(void);

#endif
