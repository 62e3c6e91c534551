/* SPDX-License-Identifier: MIT */
/*
 * Small text files that users write (suppressions, baselines) as one string.
 */
#ifndef LR_TEXTFILE_H
#define LR_TEXTFILE_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"

#define LR_TEXTFILE_MAX (64u << 20)

/*
 * Read PATH whole into *TEXT (to be freed; NUL-terminated, NULs inside are kept)
 * and *LENGTH.  0, or -1 with ERR; WHAT names the kind of file in it.
 */
int lr_textfile_read(const char *path, const char *what, char **text, size_t *length,
		     struct lr_error *err);

/* The lines of a text, one after the other. */
struct lr_lines {
	const char *next, *end;
	unsigned number; /* of the line returned last, from 1 */
};
void lr_lines_start(struct lr_lines *lines, const char *text, size_t length);
/* The next line without its end (LF or CRLF) and, if TRIM, without white space around it. */
bool lr_lines_next(struct lr_lines *lines, bool trim, const char **line, size_t *length);

#endif
