/* SPDX-License-Identifier: MIT */
/*
 * Notes: what was lost, degraded or skipped, said in the recording, each once
 * with a count; and the one line on stderr for what the user must know at once.
 */
#ifndef LS_NOTE_H
#define LS_NOTE_H

#include <stdint.h>

#include "format/ls_format.h"

/* Add a note, or count it up if that text was noted before.  Under the recording's lock. */
void ls_note(enum ls_note_level level, const char *text);
/* The same, taking the lock. */
void ls_note_locked(enum ls_note_level level, const char *text);
/* The recording has left its file; called while a chunk is being made. */
void ls_note_storage(void);
/* Start afresh, for a new recording. */
void ls_note_reset(void);
/* Write pending notes that could not be written when they arose.  Under the lock. */
void ls_note_flush(void);

/* "leakscope: TEXT" on stderr, in one write. */
void ls_say(const char *text);
/* Name of an errno for messages: "Permission denied". */
const char *ls_error_text(int error);

#endif
