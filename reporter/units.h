/* SPDX-License-Identifier: MIT */
/*
 * Numbers as people read them: 1.2 MiB, 1 234 567, 12.4 s.  Every report
 * writes them through here, so that the same leak reads the same everywhere.
 */
#ifndef LR_UNITS_H
#define LR_UNITS_H

#include <stddef.h>
#include <stdint.h>

#define LR_UNIT_SIZE 40 /* room for any of them */

/* All return BUFFER (LR_UNIT_SIZE bytes). */
char *lr_size(char *buffer, uint64_t bytes);    /* "480.0 KiB", "12 B" */
char *lr_count(char *buffer, uint64_t number);  /* "1 234 567" */
char *lr_seconds(char *buffer, double seconds); /* "12.4 s", "3.1 ms" */

/* "block" or "blocks" for COUNT. */
const char *lr_plural(uint64_t count, const char *one, const char *many);

#endif
