/* SPDX-License-Identifier: MIT */
/*
 * A baseline in memory, shared by its reader (baseline.c) and its writer
 * (baseline_write.c): the lines as they stand in the file, so that an update
 * changes no more than it must.
 */
#ifndef LR_BASELINE_PRIVATE_H
#define LR_BASELINE_PRIVATE_H

#include <uthash.h>

#include "baseline.h"

struct lr_entry {
	size_t index; /* in leaks */
	UT_hash_handle hh;
};

enum lr_line_form { LR_LINE_OTHER, LR_LINE_TOTAL, LR_LINE_LEAK };

/* A line after the first; text points into the baseline's. */
struct lr_line {
	enum lr_line_form form;
	const char *text;
	size_t length;
	const char *comment; /* at its end, '#' included; NULL = none */
	size_t comment_length;
	size_t leak; /* LR_LINE_LEAK */
	struct lr_entry *entry;
};

struct lr_baseline {
	char *text;
	struct lr_line *lines;
	size_t line_count;
	struct lr_accepted *leaks;
	struct lr_entry *entries;
	size_t count;
	struct lr_entry *by_fingerprint;
	struct lr_baseline_total totals[LS_MEM_COUNT];
};

#endif
