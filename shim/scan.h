/* SPDX-License-Identifier: MIT */
/*
 * The reachability scan: which of the live host blocks the program can still
 * reach.  Threads are brought to a safe point (stop.h), the live table is copied,
 * the process duplicated by a raw clone with exit signal 0, and let go on; the
 * duplicate looks through its copy-on-write image (scan_*.c), writes the
 * verdicts into the shared recording and is gone.
 *
 * All of it runs inside the guard and takes the recording's lock.  Nothing here
 * allocates from the host, opens a lasting descriptor or changes a signal of it.
 */
#ifndef LS_SCAN_H
#define LS_SCAN_H

#include <stdbool.h>
#include <stdint.h>

#include "stop.h"

enum ls_scan_wait {
	LS_WAIT_NOT,   /* return when the process has been duplicated */
	LS_WAIT_BRIEF, /* wait for the verdicts, but only as long as nobody notices */
	LS_WAIT_DONE   /* until the verdicts are there */
};

/*
 * Scan now.  SELF is what the calling thread holds: its stack from the host's
 * frame up and the registers it had there.  FLAGS: LS_SCAN_AT_EXIT or 0.
 * SNAPSHOT: record in LS_SEC_SNAPSHOTS the scan belongs to, or 0.  Returns the
 * record in LS_SEC_SCANS, 0 if no scan could be made (a note says why).
 */
uint32_t ls_scan_run(const struct ls_registers *self, uint32_t flags, uint32_t snapshot,
		     enum ls_scan_wait wait);

/* Record a snapshot LABEL and scan for it; the record in LS_SEC_SNAPSHOTS or 0. */
uint32_t ls_scan_snapshot(const struct ls_registers *self, const char *label,
			  enum ls_scan_wait wait);

/*
 * At the end of the process, maybe several times: scan what no earlier scan at
 * exit has classified, if there is anything.  FINAL: recording ends with it, while
 * other threads still stand still.
 */
void ls_scan_at_exit(const struct ls_registers *self, bool final);

/* Collect a scanning child that has ended.  Cheap when there is none; from any thread. */
void ls_scan_reap(void);
/* Wait for it to end, and collect it. */
void ls_scan_await(void);
extern bool ls_scan_child; /* there may be one to collect */

/* In a forked child: the parent's scanning child is not ours. */
void ls_scan_reset(void);

/* A request from outside (struct ls_request) waits. */
bool ls_scan_requested(void);
/* Answer it.  Inside the guard. */
void ls_scan_answer(const struct ls_registers *self);

/* ---- what the scan must know from others ---- */

/* A region the program declares to be a root; false: no room.  Thread-safe. */
bool ls_scan_add_root(uintptr_t start, size_t size);
bool ls_scan_remove_root(uintptr_t start, size_t size);

/*
 * Memory that an allocator other than libc's has mapped for itself: blocks lie in
 * it, and nothing in it is a root.  Thread-safe.
 */
void ls_scan_allocator_mapped(uintptr_t start, size_t size);
void ls_scan_allocator_unmapped(uintptr_t start, size_t size);

/* The program has kept memory from its children at some time (madvise). */
extern bool ls_scan_unforked;

/* The program has moved the end of the heap itself; thread-safe. */
void ls_scan_break_moved(uintptr_t from, uintptr_t to);

/* The program has declared that nothing is a leak (__lsan_is_turned_off). */
extern bool ls_scan_turned_off;

#endif
