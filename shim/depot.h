/* SPDX-License-Identifier: MIT */
/*
 * The stack depot: every distinct backtrace once, with a 32-bit id.  Flat and
 * hash-consed: a look-up is one hash and one comparison, without a lock.
 */
#ifndef LS_DEPOT_H
#define LS_DEPOT_H

#include <stdbool.h>
#include <stdint.h>

/* The id of a stack of COUNT return addresses; 0 when there is no memory. */
uint32_t ls_depot_put(const uintptr_t *pc, unsigned count, uint32_t flags);

/*
 * Stacks through [start, end) keep their meaning, but are matched again only if
 * their modules turn out to be where they were.  Under the lock.
 */
void ls_depot_retire(uintptr_t start, uintptr_t end);

/* The same for every stack through a module that was opened at run time.  Under the lock. */
void ls_depot_retire_dynamic(void);

struct ls_stack;
/* The record of an id that ls_depot_put returned; NULL for 0. */
const struct ls_stack *ls_depot_get(uint32_t id);

/* How many distinct stacks there are. */
uint32_t ls_depot_count(void);

bool ls_depot_start(void);

#endif
