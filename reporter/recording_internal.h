/* SPDX-License-Identifier: MIT */
/* What recording.c (files, header, look-ups) and recording_dir.c (the chunk directory) share. */
#ifndef LR_RECORDING_INTERNAL_H
#define LR_RECORDING_INTERNAL_H

#include "arena.h"
#include "recording.h"

#define LR_READER_NOTES 16

/* A chunk as far as the file really has it. */
struct chunk {
	const uint8_t *data; /* 8-aligned; NULL when length is 0 */
	uint64_t start;      /* logical offset */
	uint64_t length;     /* bytes that are there */
	uint32_t index, aux;
	uint32_t first; /* id of its first record (fixed-size sections) */
	uint32_t records;
	uint32_t position; /* of its first record */
};

struct section {
	struct chunk *chunks;
	size_t count;
	uint32_t records; /* of all chunks */
};

struct lr_file {
	uint8_t *data;
	size_t size;
};

struct lr_recording {
	struct ls_header header;
	struct lr_file files[1 + LS_PLACES];
	bool tried[1 + LS_PLACES]; /* opening that place was tried */
	bool open_places;          /* overflow files may be opened */
	const char *name;
	struct section sections[LS_SEC_COUNT];
	struct lr_arena *arena;
	const char *notes[LR_READER_NOTES];
	size_t note_count;
};

/* Bytes of one record of SECTION; 0 = not of fixed size. */
size_t lr_record_size(unsigned section);

/* Read the chunk directory of R->header into R->sections.  0, or -1 with ERR. */
int lr_directory_read(struct lr_recording *r, struct lr_error *err);

/* Load the overflow file of PLACE (1 …) whose path is PATH; a note says why not. */
void lr_place_open(struct lr_recording *r, unsigned place, const char *path);

void lr_reader_note(struct lr_recording *r, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
