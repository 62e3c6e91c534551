/* SPDX-License-Identifier: MIT */
/*
 * Lines of source files for the report, read when they are wanted.
 */
#ifndef LR_SOURCE_H
#define LR_SOURCE_H

#include <stddef.h>

struct lr_sources;

struct lr_sources *lr_sources_new(void); /* NULL: no memory */
/*
 * Line LINE (from 1) of PATH into OUT, without white space around it, control
 * characters replaced, cut to SIZE.  Returns 0, or -1 if there is no such line
 * or PATH is no regular file of at most 4 MiB.
 */
int lr_sources_line(struct lr_sources *s, const char *path, unsigned line, char *out, size_t size);
void lr_sources_free(struct lr_sources *s);

#endif
