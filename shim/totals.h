/* SPDX-License-Identifier: MIT */
/*
 * Running live bytes and their peaks, per kind of memory and per scope path.
 * Exact while there is one thread; with more, each thread keeps up to
 * LS_TOTALS_BATCH bytes to itself, so that no shared line is written per call.
 */
#ifndef LS_TOTALS_H
#define LS_TOTALS_H

#include "thread.h"

#define LS_TOTALS_BATCH (32 << 10)

/* BYTES came (or, negative, went) on PATH.  Inside the guard. */
void ls_totals_add(struct ls_thread_state *t, uint32_t memory, uint32_t path, int64_t bytes);
/* Add what the thread has kept to itself. */
void ls_totals_flush(struct ls_thread_state *t);

/* Add its backtraces to the recording's own accounts. */
void ls_totals_count_unwinds(struct ls_thread_state *t);
/* ls_totals_add at once, past the batch: for signal handlers, and for figures that are exact. */
void ls_totals_shared(uint32_t memory, uint32_t path, int64_t bytes);
/* The same for one exact figure that is none of the header's: a device's. */
void ls_totals_peak(struct ls_peak *peak, int64_t bytes);
/* A block of BYTES moved from path FROM to TO. */
void ls_totals_move(struct ls_thread_state *t, uint32_t from, uint32_t to, int64_t bytes);

#endif
