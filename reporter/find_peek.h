/* SPDX-License-Identifier: MIT */
/*
 * A recording at a glance: what its header says, and its program.  Private to
 * find.c and its tests.
 */
#ifndef LR_FIND_PEEK_H
#define LR_FIND_PEEK_H

#include "find.h"

/* Fill ITEM, whose path and program are to be freed.  0, or -1 with ERR. */
int lr_peek(const char *path, struct lr_listed *item, struct lr_error *err);

/* The pid that the recording PATH is of; 0: it is no recording. */
uint32_t lr_peek_pid(const char *path);

#endif
