/* SPDX-License-Identifier: MIT */
/*
 * libunwind as a guest of ours: what it imports from libc is re-pointed, in its
 * own GOT, to versions that open no descriptors, leave the signal mask alone,
 * take no loader lock and never end the process.
 */
#ifndef LS_UNWIND_GUEST_H
#define LS_UNWIND_GUEST_H

#include <stdbool.h>
#include <stdint.h>

/* Re-point the imports of the object that contains ADDRESS; false if its tables are odd. */
bool ls_guest_tame(uintptr_t address);

/*
 * Run FN(ARG) as the guest: its imports act tamely on this thread meanwhile.
 * False if it had to be broken off (it aborted, or its lock never came free).
 */
bool ls_guest_run(void (*fn)(void *), void *arg);
bool ls_guest_active(void);
/*
 * The guest keeps a cache for each thread and would let a key of the host's tell it
 * of the thread's end.  Here a thread says itself that it will call
 * ls_guest_thread_end; for one that won't, no cache must be made.
 */
void ls_guest_thread_begin(void);
void ls_guest_thread_end(void);
bool ls_guest_thread_ends(void);
/* Where this thread's state of it lies: addresses of stacks stand in it that are no pointers. */
uintptr_t ls_guest_state(unsigned *size);
/* Try to read at ADDRESS: 1, or -EFAULT; another error where the kernel doesn't let us ask. */
long ls_guest_probe(uintptr_t address);
/* A signal handler has jumped out of the guest on this thread. */
void ls_guest_abandon(void);

#endif
