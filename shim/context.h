/* SPDX-License-Identifier: MIT */
/*
 * Contexts: stack x scope instance x thread x kind of memory, each with its
 * counters, so that an allocation is one table entry and two additions.  Only
 * the context's own thread writes its plain counters; others use the foreign
 * ones, atomically.
 *
 * When a scope closes, its contexts without live blocks fold into their site
 * (scope path x stack x memory) at once, the others when their last block goes.
 * A context may be recycled only by its own thread, which alone could be about
 * to count on it.
 */
#ifndef LS_CONTEXT_H
#define LS_CONTEXT_H

#include "format/ls_format.h"
#include "thread.h"

/* The context of this thread's active scope for STACK; 0: no memory.  Inside the guard. */
uint32_t ls_context_get(struct ls_thread_state *t, uint32_t stack, uint32_t memory);

struct ls_context *ls_context_at(uint32_t id);

/* The same for the scope that a handle of scope.h stands for, or its nearest open ancestor. */
uint32_t ls_context_in(struct ls_thread_state *t, uint32_t stack, uint64_t scope, uint32_t memory);

/* The context of blocks that only the scan is to know of; 0: no memory.  Inside the guard. */
uint32_t ls_context_ignored(void);

/* Count an allocation; BLOCKS is 1 but for sampled ones. */
void ls_context_count_alloc(struct ls_context *c, uint64_t blocks, uint64_t bytes);
/* Count a free; NESTED: from a signal handler inside a hook. */
void ls_context_count_free(struct ls_thread_state *t, uint32_t id, uint64_t blocks, uint64_t bytes,
			   bool nested);

/* What closing one scope left behind. */
struct ls_survivors {
	uint64_t blocks, bytes;
};
/*
 * The scope closes: add its contexts' survivors to their sites, fold the rest.
 * EACH (may be NULL) is called per context with survivors.  Under the lock.
 */
struct ls_survivors ls_context_close_all(struct ls_scope *scope, uint32_t self,
					 void (*each)(const struct ls_context *, uint64_t blocks,
						      uint64_t bytes, void *),
					 void *arg);

/* What is live of a scope's contexts and of those it has adopted.  Under the lock. */
struct ls_survivors ls_context_live(const struct ls_scope *scope);

/* The context like ID's but of SCOPE; 0: no memory.  Under the lock. */
uint32_t ls_context_for_scope(uint32_t id, uint32_t scope);
/* A block moved from context FROM to TO.  Under the lock. */
void ls_context_moved(uint32_t from, uint32_t to, uint64_t bytes, uint32_t self);

bool ls_context_start(void);

#endif
