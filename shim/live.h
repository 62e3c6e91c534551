/* SPDX-License-Identifier: MIT */
/*
 * The live table: address -> size and context of every block that is allocated.
 *
 * A chain of hash tables, each twice the size of the one before; entries never
 * move, so a kill at any instant leaves a true table.  A table is buckets of
 * four 16-byte slots (one cache line) and one overflow count per bucket; a
 * block whose bucket is full goes to one of the next seven.  Look-ups are
 * lock-free; an insert claims a slot with one compare-and-swap.  Steady state
 * allocates nothing.
 *
 * The owner of a block is the only one who inserts, moves or deletes it, so
 * two entries for one address exist only while realloc moves a block.
 */
#ifndef LS_LIVE_H
#define LS_LIVE_H

#include "format/ls_format.h"
#include "glue.h"

/* A block that was taken out. */
struct ls_block {
	uint64_t size;
	uint32_t context;
};

/* False when the table is full and can't grow: the block is lost. */
bool ls_live_insert(uintptr_t address, uint64_t size, uint32_t context);
/* Remove the block at ADDRESS; false if it isn't known. */
bool ls_live_remove(uintptr_t address, struct ls_block *out);
/* Look the block up without removing it. */
bool ls_live_find(uintptr_t address, struct ls_block *out);

/*
 * For realloc.  Mark the block at ADDRESS as moving and return its slot, or NULL
 * if it isn't known.  Then either restore it (realloc failed), rewrite it (the
 * block stayed where it was) or drop it (the new address was inserted).
 */
struct ls_live *ls_live_begin_move(uintptr_t address, struct ls_block *out);
void ls_live_restore(struct ls_live *slot);
void ls_live_rewrite(struct ls_live *slot, uint64_t size, uint32_t context);
void ls_live_drop(struct ls_live *slot);

/* Give the block at ADDRESS another context; false if it isn't known. */
bool ls_live_set_context(uintptr_t address, uint32_t context);

/* Call FN for every block.  Not atomic: blocks may come and go meanwhile. */
void ls_live_each(void (*fn)(const struct ls_live *, void *), void *arg);

/*
 * Copy the host's live blocks into JOB, for the scan: at most ROOM.  Returns how many there
 * are; *MOVING gets the number of those inside a realloc, job.live what is not ignored.  At a
 * safe point.
 */
struct ls_job;
uint32_t ls_live_copy(struct ls_job *job, uint32_t room, uint32_t *moving);
/* Places in use, roughly. */
uint32_t ls_live_count(void);

/* Make the first table; false: no memory.  Under the recording's lock. */
bool ls_live_start(void);

#endif
