/* SPDX-License-Identifier: MIT */
/*
 * What a hook does beside the real call: record an allocation, retire a block,
 * move one.  All are safe to call at any time, in signal handlers too; they
 * keep errno.  PC is the hook's return address.
 */
#ifndef LS_TRACK_H
#define LS_TRACK_H

#include <stddef.h>
#include <stdint.h>

#include "format/ls_format.h"
#include "live.h"
#include "thread.h"

/* P was allocated.  After the real call. */
void ls_track_alloc(void *p, size_t size, enum ls_memory memory, uintptr_t pc);
/* P is going to be freed.  Before the real call. */
void ls_track_free(void *p);

/* A realloc under way. */
struct ls_move {
	struct ls_live *slot; /* NULL: the block isn't in the table */
	struct ls_block block;
	int mode;
};
/* Before and after the real realloc; Q is what it returned. */
void ls_track_move_begin(struct ls_move *m, void *p);
void ls_track_move_end(struct ls_move *m, void *p, void *q, size_t size, uintptr_t pc);

/*
 * P becomes memory nobody is to hear of, as if it had been freed, and a root of the
 * scan; it may point into the block.  False if there is no such block.
 */
bool ls_track_ignore(const void *p);

/*
 * What was allocated before the recording began is known to the scan: until then
 * ls_track_alloc remembers it, and this moves it into the table.  Inside the guard.
 */
void ls_track_early(void);

/* Record a host block whose stack was taken earlier.  Inside the guard. */
void ls_track_late(struct ls_thread_state *t, uintptr_t address, uint64_t size, uint32_t stack);

/*
 * To be called before ls_unwind: libunwind's first use on a thread allocates, and takes a
 * while.  Inside the guard.
 */
void ls_track_prime(struct ls_thread_state *t);

/* The id of the current stack, for scopes.  Inside the guard. */
uint32_t ls_track_stack(struct ls_thread_state *t, uintptr_t pc);

#endif
