/* SPDX-License-Identifier: MIT */
/*
 * The recording as the shim writes it: header, chunk directory, tables of
 * fixed-size records, strings.  One lock (ls_recording_lock) guards everything
 * that grows; what the hooks touch in steady state needs no lock.
 *
 * Relies on glue, storage and the format header.
 */
#ifndef LS_RECORDING_H
#define LS_RECORDING_H

#include "format/ls_format.h"
#include "glue.h"

#define LS_TABLE_CHUNKS 26

/* A section of fixed-size records: chunk k holds base << k of them. */
struct ls_table {
	uint32_t section, record_size, base;
	uint32_t used; /* ids handed out, id 0 included; read without the lock too */
	char *chunk[LS_TABLE_CHUNKS];
};

extern struct ls_header *ls_header; /* NULL while there is no recording */
extern struct ls_lock ls_recording_lock;

extern struct ls_table ls_modules_table, ls_threads_table, ls_paths_table, ls_scopes_table,
	ls_contexts_table, ls_sites_table, ls_closes_table, ls_snapshots_table, ls_notes_table,
	ls_scans_table, ls_devices_table, ls_resources_table;

/* The coarse time, which another thread may be moving on. */
LS_INLINE uint32_t ls_tick_read(void)
{
	return __atomic_load_n(&ls_header->tick, __ATOMIC_RELAXED);
}

/* The record ID of TABLE; ID must have been handed out. */
LS_INLINE void *ls_table_at(const struct ls_table *t, uint32_t id)
{
	uint32_t q = id / t->base + 1;
	uint32_t k = 31u - (uint32_t)__builtin_clz(q);
	return t->chunk[k] + (size_t)(id - t->base * ((1u << k) - 1)) * t->record_size;
}

/* A new zeroed record; its id, or 0 when there is no memory.  Under the lock. */
uint32_t ls_table_add(struct ls_table *t, void **record);

/*
 * Create the recording in DIR/NAME or EXACT.  False when not even anonymous
 * memory could be had.  *WHY: errno that kept it from where it should be, or 0.
 */
bool ls_recording_create(const char *dir, const char *name, const char *exact, int *why);
/* In a forked child: forget the parent's recording. */
void ls_recording_abandon(void);

/* A chunk of BYTES for SECTION, entered in the directory; NULL: no memory.  Under the lock. */
void *ls_recording_chunk(uint32_t section, size_t bytes, uint32_t aux, uint64_t start);

/* The same; *SEEN: whether readers will see it, or it is memory of the process. */
void *ls_recording_chunk_seen(uint32_t section, size_t bytes, uint64_t start, bool *seen);

/* Store a string; its id, 0 for "" or when there is no memory.  Under the lock. */
uint32_t ls_string_add(const char *s);
uint32_t ls_string_add_n(const char *s, size_t n);

#endif
