/* SPDX-License-Identifier: MIT */
/*
 * What the shim keeps of each thread: its record in the recording, its stack of
 * entered scopes, its caches and its share of the running totals.  A thread is
 * registered at its first hook, whatever made it; the record of an ended thread
 * serves the next one with the same start function, so that a server with a
 * thread per request stays bounded.
 */
#ifndef LS_THREAD_H
#define LS_THREAD_H

#include "format/ls_format.h"
#include "glue.h"

#define LS_CONTEXT_CACHE 512u /* a power of two */
#define LS_SCOPE_DEPTH 32u    /* before more room is needed */
#define LS_PUSHED 16u         /* likewise */
#define LS_PENDING 8u
#define LS_PENDING_FRAMES 24u

struct ls_walk;

struct ls_cached_context {
	uint32_t stack, scope, memory, context;
};

/* One entered scope: the record and which use of it. */
struct ls_entered {
	uint32_t scope;
	uint64_t serial;
};

/* One NVTX range that was pushed; scope 0: it has none. */
struct ls_pushed {
	uint64_t domain, scope;
	uint32_t level; /* among those of its domain */
};

/* An allocation made by a signal handler while this thread was inside a hook. */
struct ls_pending_event {
	uintptr_t address; /* 0 = cancelled by a free in between */
	uint64_t size;
	uint32_t count;
	uintptr_t pc[LS_PENDING_FRAMES];
};

struct ls_thread_state {
	struct ls_thread_state *next; /* all states */
	uint32_t id;                  /* record in LS_SEC_THREADS */
	uint32_t tid;
	bool in_use, primed;    /* primed: the unwinder has been used on this thread */
	uint32_t unwinds;       /* since the last flush */
	uint32_t events;        /* until the next tick */
	uintptr_t tcb;          /* thread pointer */
	uintptr_t signal_stack; /* that the thread has given to the kernel, 0 = none */
	uintptr_t guard_sp;     /* where the guard was taken, to notice jumps out of it */

	/* scopes */
	uint32_t scope; /* active, valid while scope_epoch is the global one */
	uint32_t scope_epoch;
	uint32_t entered_count, entered_room;
	struct ls_entered
		*entered; /* outermost first; entered_first, or larger when they are many */
	struct ls_entered entered_first[LS_SCOPE_DEPTH];

	/* NVTX ranges pushed and not popped; pushed_over more of them had no room */
	uint32_t pushed_count, pushed_room, pushed_over;
	struct ls_pushed *pushed;
	struct ls_pushed pushed_first[LS_PUSHED];

	/* running totals not yet added to the shared ones */
	int64_t delta;
	uint32_t delta_memory;
	int64_t path_delta;
	uint32_t path_delta_path;

	/* sampling */
	int64_t sample_left;
	uint64_t random;

	uint32_t pending_count;
	struct ls_pending_event pending[LS_PENDING];

	struct ls_cached_context cache[LS_CONTEXT_CACHE];
	struct ls_walk *walk; /* its last backtrace */
	void *raw;            /* libunwind's buffer: depth + LS_OWN_FRAMES words */
	uintptr_t pc[];       /* depth words, before that; the walk's scratch */
};
#define LS_OWN_FRAMES 10u

/* True once a second thread may exist: totals are then batched. */
extern bool ls_threads_many;

/* The state of this thread, registering it if need be; NULL when that fails.  Inside the guard. */
struct ls_thread_state *ls_thread_register(void);

LS_INLINE struct ls_thread_state *ls_thread_current(uint32_t generation)
{
	if (ls_likely(ls_tls.generation == generation))
		return ls_tls.state;
	return ls_thread_register();
}

/* What a new thread gets from its creator. */
struct ls_thread_start {
	struct ls_thread_start *next, **back; /* of those whose thread has not begun */
	void *(*start)(void *);
	int (*start_int)(void *); /* thrd_create */
	void *arg;
	uint32_t parent;
	bool own_stack; /* given by the program, not by libc */
	uint32_t inherited_count;
	struct ls_entered inherited[LS_SCOPE_DEPTH];
};
/* Called in a new thread before its start function. */
void ls_thread_begin(const struct ls_thread_start *s);
/* The start function has returned. */
void ls_thread_end(void);

/* Call FN for every state in use. */
void ls_thread_each(void (*fn)(struct ls_thread_state *));

/* Names are given after the start: read those of running threads again. */
void ls_thread_read_names(void);

/* The record of the thread with the kernel's number TID, 0 if it has none.  Without a lock. */
uint32_t ls_thread_record(uint32_t tid);

/* In a forked child. */
void ls_thread_reset(void);

#endif
