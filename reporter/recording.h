/* SPDX-License-Identifier: MIT */
/*
 * Reading a recording: the bytes of the file (and of its overflow files) behind
 * bounds-checked look-ups.  Nothing read here is trusted: a look-up that leads
 * nowhere returns NULL, and no amount of memory depends on a number in the file
 * that the file's own size doesn't back.
 */
#ifndef LR_RECORDING_H
#define LR_RECORDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "format/ls_format.h"

struct lr_recording;

/* Read the file PATH as it stands now.  0, or -1 with ERR. */
int lr_recording_open(const char *path, struct lr_recording **recording, struct lr_error *err);
/* The same from memory, which is copied; overflow files are not opened. */
int lr_recording_parse(const char *name, const void *data, size_t size,
		       struct lr_recording **recording, struct lr_error *err);
void lr_recording_close(struct lr_recording *recording);

/* Read only the header of PATH: cheap, for lists.  0, or -1 with ERR. */
int lr_recording_header(const char *path, struct ls_header *header, struct lr_error *err);

const struct ls_header *lr_recording_get_header(const struct lr_recording *recording);

/*
 * Fixed-size records are found by id, or walked by position: 0 … count - 1,
 * without the gaps that lost chunks leave between ids.  States are not looked at.
 */
uint32_t lr_recording_count(const struct lr_recording *recording, enum ls_section section);
/* The record at POSITION and its id; NULL for the reserved record 0. */
const void *lr_recording_at(const struct lr_recording *recording, enum ls_section section,
			    uint32_t position, uint32_t *id);
/* Record ID, or NULL; its position into *POSITION unless that is NULL. */
const void *lr_recording_get(const struct lr_recording *recording, enum ls_section section,
			     uint32_t id, uint32_t *position);
/* Record ID and, in *COUNT, how many records lie there one after the other; NULL: none. */
const void *lr_recording_span(const struct lr_recording *recording, enum ls_section section,
			      uint32_t id, uint32_t *count);
/* NUL-terminated; NULL: no such string, or not terminated. */
const char *lr_recording_string(const struct lr_recording *recording, uint32_t id);
/* LENGTH bytes of the string section from ID on, or NULL. */
const char *lr_recording_bytes(const struct lr_recording *recording, uint32_t id, uint32_t length);
/* A valid stack whose frames all lie in the file, or NULL. */
const struct ls_stack *lr_recording_stack(const struct lr_recording *recording, uint32_t id);

/* Words (8 bytes) that the stack section really has: no true set of stacks has more frames. */
uint64_t lr_recording_stack_words(const struct lr_recording *recording);

/* The slots of live table chunk INDEX; false: no more chunks. */
bool lr_recording_live(const struct lr_recording *recording, size_t index,
		       const struct ls_live **slots, size_t *count);

/* What the reader itself has to say (cut short, overflow file gone, …). */
size_t lr_recording_note_count(const struct lr_recording *recording);
const char *lr_recording_note(const struct lr_recording *recording, size_t index);

/* Whether the process of HEADER still runs: same pid, same start. */
bool lr_process_alive(const struct ls_header *header);

#endif
