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
 * The same for one whose hash is known: 0 with the outermost frame added, and so on to
 * the innermost one.
 */
uint32_t ls_depot_put_hashed(const uintptr_t *pc, unsigned count, uint32_t flags, uint64_t hash);

#define LS_DEPOT_FACTOR 0x9fb21c651e98df25ull
/* HASH with a frame added: a polynomial, so that frames of a known rest are not hashed again. */
static inline uint64_t ls_depot_hash(uint64_t hash, uintptr_t pc)
{
	uint64_t m = pc * 0xd6e8feb86659fd93ull;
	return hash * LS_DEPOT_FACTOR + (m ^ m >> 32);
}

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
