/* SPDX-License-Identifier: MIT */
/*
 * The tree of scopes: opening, entering, closing with survivors.  Handles given
 * to the program carry a serial number, so that stale ones are recognised.
 * Closed scopes fold into their path; memory is bounded by open scopes,
 * distinct paths and survivors.
 */
#ifndef LS_SCOPE_H
#define LS_SCOPE_H

#include "format/ls_format.h"
#include "thread.h"

typedef uint64_t ls_handle; /* low half: record id, high half: serial; 0 = none */
#define LS_ROOT_SCOPE 1u

/* Bumped at every close: threads look their active scope up again. */
extern uint32_t ls_scope_closes;

uint32_t ls_scope_find_active(struct ls_thread_state *t);

/* Record id of the thread's active scope. */
LS_INLINE uint32_t ls_scope_active(struct ls_thread_state *t)
{
	if (ls_likely(t->scope_epoch == __atomic_load_n(&ls_scope_closes, __ATOMIC_ACQUIRE)))
		return t->scope;
	return ls_scope_find_active(t);
}

/* All of these: inside the guard, they take the recording's lock. */
ls_handle ls_scope_open(struct ls_thread_state *t, const char *name, uint32_t stack);
ls_handle ls_scope_new(struct ls_thread_state *t, ls_handle parent, const char *name, uint32_t kind,
		       uint32_t stack);
void ls_scope_close(struct ls_thread_state *t, ls_handle scope);
/*
 * NVTX ranges, which need not nest.  An open one is active on this thread; a STARTED
 * one lies beside others of its sort, never under them.  A range ends alone: what is
 * open in it moves to its parent and keeps its path.  0: it has no scope of its own.
 */
ls_handle ls_scope_open_range(struct ls_thread_state *t, const char *name, bool started,
			      uint32_t stack);
void ls_scope_end_range(struct ls_thread_state *t, ls_handle range);
/* The thread of T is over: what it has pushed ends.  With the recording's lock. */
void ls_scope_end_pushed(struct ls_thread_state *t);
void ls_scope_enter(struct ls_thread_state *t, ls_handle scope);
void ls_scope_leave(struct ls_thread_state *t, ls_handle scope);
void ls_scope_retag(struct ls_thread_state *t, uintptr_t block, ls_handle scope);
uint64_t ls_scope_live_bytes(ls_handle scope);

/* Close everything that is still open, the root last: the process ends. */
void ls_scope_close_at_exit(struct ls_thread_state *t);

/* The chain of open scopes a new thread starts with, outermost first; how many. */
uint32_t ls_scope_inherit(struct ls_thread_state *t, struct ls_entered *chain, uint32_t capacity);

/* FORKED: handles of the parent stay stale. */
bool ls_scope_start(bool forked);

/* The path of a scope as text. */
struct ls_text;
void ls_scope_path_text(uint32_t path, struct ls_text *out);

#endif
