/* SPDX-License-Identifier: MIT */
/*
 * Where the bytes of a recording live: segments of a file, each allocated on
 * disk before it is touched, so that a full disk can never raise SIGBUS in the
 * host.  When the file can't grow (disk full, RLIMIT_FSIZE, renamed away) the
 * next segment goes to an overflow file in /dev/shm or $TMPDIR, at last to
 * anonymous memory, and a note says so.  No descriptor is kept open: the host
 * may close or reuse any number at any time.
 *
 * Relies on glue only.  Callers hold the recording's lock.
 */
#ifndef LS_STORAGE_H
#define LS_STORAGE_H

#include <stddef.h>
#include <stdint.h>

#include "format/ls_format.h"

#define LS_PATH_MAX 1024
#define LS_FIRST_SEGMENT 65536u

/*
 * Create the recording: DIR/NAME, or EXACT when it is given; a name that exists
 * gets .2, .3 ….  Falls back to $TMPDIR, /tmp, /dev/shm and anonymous memory.
 * Returns the first segment (LS_FIRST_SEGMENT zeroed bytes at file offset 0), or
 * NULL.  *WHY is the errno that kept it from its first place, or 0.
 */
void *ls_storage_create(const char *dir, const char *name, const char *exact, int *why);

/* The recording's path; "" while it is in anonymous memory. */
const char *ls_storage_path(void);

/* Bytes in the first segment that the caller has laid out itself. */
void ls_storage_first_used(size_t bytes);

/*
 * Get BYTES zeroed bytes, 64-aligned; fills WHERE's place, offset and length.
 * NULL when there is no memory anywhere.  UUID goes into a new overflow file;
 * PLACES are registered through *NEW_PLACE (index, else -1), whose path is
 * ls_storage_place_path.
 */
void *ls_storage_alloc(size_t bytes, struct ls_chunk *where, const uint8_t uuid[16],
		       int *new_place);
const char *ls_storage_place_path(int place);
int ls_storage_last_error(void); /* errno that made storage leave the recording's file */

uint64_t ls_storage_bytes(void);
/* Where segment I is mapped; I < ls_storage_segments(). */
unsigned ls_storage_segments(void);
void *ls_storage_segment(unsigned i, size_t *size);

/* Remove the files; the mappings stay. */
void ls_storage_unlink(void);
/* Give the recording another name (exec images); 0 or -errno. */
int ls_storage_rename(const char *to);
/* Move it to DIR/NAME, copying if it must; 0 or -errno (then it stays). */
int ls_storage_move(const char *dir, const char *name);

/* In a forked child: drop the parent's mappings and forget its files. */
void ls_storage_abandon(void);

#endif
