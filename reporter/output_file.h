/* SPDX-License-Identifier: MIT */
/*
 * The file of -o: it appears whole or not at all.  A regular file is written
 * beside its place and renamed at the end; pipes and devices are written directly.
 */
#ifndef LR_OUTPUT_FILE_H
#define LR_OUTPUT_FILE_H

#include <stdio.h>

#include "err.h"

struct lr_output {
	FILE *stream;
	const char *path; /* NULL = standard output */
	char *temporary;  /* NULL = written directly */
};

/* PATH NULL or "-": standard output.  0, or -1 with ERR. */
int lr_output_open(struct lr_output *output, const char *path, struct lr_error *err);
/* Finish; STATUS is 0 or the -errno that writing gave: then nothing is kept. */
int lr_output_close(struct lr_output *output, int status, struct lr_error *err);

#endif
