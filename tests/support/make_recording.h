/* SPDX-License-Identifier: MIT */
/*
 * Builds recordings by hand, for tests of the reporter: what a shim would have
 * written, or what none would.  Ids are returned as the format has them.  Records
 * can be changed through mr_at until mr_finish; running out of memory aborts.
 */
#ifndef MAKE_RECORDING_H
#define MAKE_RECORDING_H

#include <stddef.h>
#include <stdint.h>

#include "format/ls_format.h"

struct mr;

/* A recording of a process that exited 0, with the root path and thread 1. */
struct mr *mr_new(void);
void mr_free(struct mr *mr);

/* To be changed freely; its directory is filled by mr_finish. */
struct ls_header *mr_header(struct mr *mr);

/* Sections are cut into chunks of so many bytes (a multiple of 128; 0 = one chunk each). */
void mr_chunk_size(struct mr *mr, uint32_t bytes);

uint32_t mr_string(struct mr *mr, const char *text);
void mr_cmdline(struct mr *mr, const char *const *arguments); /* ended by NULL */
uint32_t mr_module(struct mr *mr, const char *path, uint64_t start, uint64_t end, uint64_t bias);
uint32_t mr_thread(struct mr *mr, const char *name);
uint32_t mr_stack(struct mr *mr, const uint64_t *pc, uint32_t count);
uint32_t mr_path(struct mr *mr, uint32_t parent, const char *name);
/* A scope instance; STATE as in struct ls_scope.  Counts itself in its path. */
uint32_t mr_scope(struct mr *mr, uint32_t path, uint32_t state);
/* A context without allocations.  SCOPE may be 0. */
uint32_t mr_context(struct mr *mr, uint32_t stack, uint32_t path, uint32_t scope, uint32_t thread,
		    enum ls_memory memory);
/* A live block, counted in its context as one allocation. */
void mr_block(struct mr *mr, uint64_t address, uint64_t size, uint32_t context);
/* A slot of the live table with all that is in it given. */
void mr_slot(struct mr *mr, uint64_t word, uint32_t size_low, uint32_t context);
uint32_t mr_snapshot(struct mr *mr, const char *label, uint32_t tick, uint32_t epoch);
uint32_t mr_sample(struct mr *mr, uint32_t tick, uint64_t rss, uint64_t host);
uint32_t mr_note(struct mr *mr, enum ls_note_level level, const char *text, uint64_t count);
/*
 * A scan that is done and decides about all blocks born before EPOCH.  Its verdicts and
 * roots follow at once, before those of another; verdicts in the order of addresses.
 */
uint32_t mr_scan(struct mr *mr, uint32_t flags, uint32_t epoch);
/* Returns the verdict's record, for mr_at and mr_held; SCAN counts it. */
uint32_t mr_verdict(struct mr *mr, uint32_t scan, uint64_t address, enum ls_kind kind);
/* The pointer was found in the word HOLDER; ROOT as mr_root returned it, or 0. */
void mr_held(struct mr *mr, uint32_t verdict, enum ls_holder type, uint64_t holder, uint32_t root);
/* Returns 1 + its index among the roots of SCAN. */
uint32_t mr_root(struct mr *mr, uint32_t scan, enum ls_holder type, uint64_t start, uint64_t end,
		 uint32_t thread, const char *name);
/* A device; the last byte of its UUID is ORDINAL + 1. */
uint32_t mr_device(struct mr *mr, uint32_t ordinal, const char *name, uint64_t total_bytes);
/*
 * A live resource of the CUDA driver, counted in its context as one allocation and, if it
 * lies on DEVICE (a record, or 0), there.
 */
uint32_t mr_resource(struct mr *mr, enum ls_resource_type type, uint64_t handle, uint64_t size,
		     uint32_t context, uint32_t device);
/* It was reclaimed with its context or device. */
void mr_reclaim(struct mr *mr, uint32_t resource);
/* One zeroed record of any fixed-size section, its state 1 where that comes first. */
uint32_t mr_record(struct mr *mr, enum ls_section section);
/* Record ID, until the next record of that section is made. */
void *mr_at(struct mr *mr, enum ls_section section, uint32_t id);

/* The file's bytes, to be freed by the caller; call it once. */
uint8_t *mr_finish(struct mr *mr, size_t *size);
/* The same into a file; 0 or -errno. */
int mr_write(struct mr *mr, const char *path);

/*
 * A whole recording with a bit of everything, about a program `train`: scopes,
 * two leaks in them, one outside, GPU memory, threads, a snapshot, notes.  EXE is
 * the path of an ELF file whose functions the frames lie in, at the offsets
 * CODE[0 … COUNT).
 */
struct mr *mr_sample_recording(const char *exe, const uint64_t *code, uint32_t count);

/* When this process began, in ticks since boot: for a header's start_ticks. */
uint64_t mr_own_ticks(void);

/*
 * The same program after a scan at its end: blocks of every kind, held in every way.
 * DATA is the offset of a variable of EXE, of 64 bytes.
 */
struct mr *mr_scanned_recording(const char *exe, const uint64_t *code, uint32_t count,
				uint64_t data);

#endif
