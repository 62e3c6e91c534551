/* SPDX-License-Identifier: MIT */
/*
 * What the text outputs need to know of the terminal, and printing of text that
 * came from elsewhere (names in a recording may hold control characters).
 */
#ifndef LR_TERM_H
#define LR_TERM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum lr_color { LR_COLOR_AUTO, LR_COLOR_ALWAYS, LR_COLOR_NEVER };

/* Columns of the terminal behind STREAM; 0 = not a terminal. */
int lr_term_width(FILE *stream);
/* Whether to colour STREAM: auto = a terminal, TERM not dumb and NO_COLOR unset. */
bool lr_term_color(FILE *stream, enum lr_color mode);

/* Columns that TEXT takes (UTF-8; control characters count as one). */
size_t lr_text_width(const char *text);
/*
 * Append TEXT to STREAM without its control characters and broken UTF-8 (each
 * becomes '?'), at most WIDTH columns (0 = no limit); a cut ends in "…".
 * Returns the columns written.
 */
size_t lr_text_put(FILE *stream, const char *text, size_t width);

#endif
