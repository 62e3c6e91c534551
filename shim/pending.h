/* SPDX-License-Identifier: MIT */
/*
 * Hooks inside hooks: a signal handler allocates while its thread is in the
 * shim.  Such an allocation waits in the thread's own small queue, with its
 * stack where the unwinder is free, and is recorded when the outer hook ends.
 * Async-signal-safe, lock-free.
 */
#ifndef LS_PENDING_H
#define LS_PENDING_H

#include <stdbool.h>
#include <stdint.h>

#include "thread.h"

void ls_pending_alloc(uintptr_t address, uint64_t size, uintptr_t pc);
/* The block waits still: forget it.  False if it doesn't. */
bool ls_pending_cancel(uintptr_t address);
/* Record what waits.  Inside the guard. */
void ls_pending_drain(struct ls_thread_state *t);

/*
 * The guard is taken, and this hook's stack pointer is SP.  True if the frame
 * that took it is gone, because a handler jumped out of it: the guard is then
 * free again.
 */
bool ls_pending_abandoned(uintptr_t sp);

#endif
