/* SPDX-License-Identifier: MIT */
/*
 * GitHub's workflow commands and the escaping of job summaries, shared by the
 * report's and the gate's form of these formats.
 */
#ifndef LR_OUT_GITHUB_H
#define LR_OUT_GITHUB_H

#include <stdio.h>

#include "out_formats.h"

/*
 * `::LEVEL file=FILE,line=LINE,title=TITLE::TEXT`.  FILE may be NULL, LINE 0.
 * Everything is escaped as the runner wants it.
 */
void lr_github_command(FILE *out, const char *level, const char *file, unsigned line,
		       const char *title, const char *text);
/* A source file as the repository knows it: relative to $GITHUB_WORKSPACE or the working directory. */
const char *lr_in_workspace(const char *file);

/* TEXT for Markdown: what has a meaning there is written as a character reference. */
void lr_markdown_put(FILE *out, const char *text);
/* The same as code. */
void lr_markdown_code(FILE *out, const char *text);

#endif
