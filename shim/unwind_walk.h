/* SPDX-License-Identifier: MIT */
/*
 * The fast way to a backtrace: frames are stepped by rules from the unwind tables, kept
 * by return address, as far as the stack has changed since this thread's last trace;
 * the rest of that trace, whose words are read again and are the same, is the rest of
 * this one.  It gives the trace that libunwind gives, or none.  Inside the guard; no
 * lock, system call or allocation in steady state; keeps errno; uses little stack.
 */
#ifndef LS_UNWIND_WALK_H
#define LS_UNWIND_WALK_H

#include <stddef.h>
#include <stdint.h>

/* What it keeps of a thread. */
struct ls_walk;
/*
 * Its size for traces of up to DEPTH frames, and its start in zeroed memory of that size.
 * SCRATCH: that many times LS_WALK_SCRATCH words, of which nothing is kept.
 */
#define LS_WALK_SCRATCH 4u
size_t ls_walk_size(unsigned depth);
void ls_walk_init(struct ls_walk *w, unsigned depth, void *scratch);
/* The memory goes to another thread. */
void ls_walk_reset(struct ls_walk *w);

/*
 * The depot's id of the stack from FIRST on, the return address of a hook, that is
 * among the callers.  0: it takes libunwind to tell, or there was no memory.
 */
uint32_t ls_walk(struct ls_walk *w, uintptr_t first);

/* After ls_walk has given an id: the frames of it. */
const uintptr_t *ls_walk_frames(const struct ls_walk *w, unsigned *count, uint32_t *flags);

/*
 * Code has come or gone, or stacks were retired from the depot: rules and remembered
 * traces of all threads are void.
 */
void ls_walk_expire(void);

#endif
