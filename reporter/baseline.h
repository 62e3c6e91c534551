/* SPDX-License-Identifier: MIT */
/*
 * The baseline: a small text file, kept in the user's repository, that lists the
 * leaks a gate accepts and the totals it measures growth against.
 *
 *   leakscope-baseline 1
 *   # comment
 *   total host allocations=120 allocated_bytes=40960 peak_bytes=8192
 *   leak FINGERPRINT blocks=3 bytes=96 in /epoch/batch: load < run < main  # comment
 *   leak FINGERPRINT blocks=9 bytes=72 max=any in /: read < main
 *
 * More blocks than `blocks` (or than `max`, where it is given; `any` = no limit)
 * is no longer accepted.  What follows `in` is for people only.  An update keeps
 * comments, blank lines, `max=` and the order of lines.
 */
#ifndef LR_BASELINE_H
#define LR_BASELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "model.h"

#define LR_BASELINE_ANY UINT64_MAX

struct lr_accepted {
	char fingerprint[33];
	uint64_t blocks, bytes; /* found when the baseline was made */
	bool has_max;
	uint64_t max;  /* blocks accepted; LR_BASELINE_ANY = no limit */
	unsigned line; /* in the file */
};

struct lr_baseline_total {
	bool set;
	uint64_t allocations, allocated_bytes, peak_bytes;
};

struct lr_baseline;

/* A leak of the present run, all of one fingerprint together. */
struct lr_found {
	char fingerprint[33];
	uint64_t blocks, bytes;
	const char *what; /* "in SCOPE: FUNCTION < FUNCTION", for people */
};

/*
 * Read PATH.  0, or -1 with ERR: it can't be read, or is no baseline, or has a
 * line that is wrong.  *BASELINE is NULL if it fails.
 */
int lr_baseline_read(const char *path, struct lr_baseline **baseline, struct lr_error *err);
/* The same from memory; what the fuzz target calls. */
int lr_baseline_parse(const char *name, const char *text, size_t length,
		      struct lr_baseline **baseline, struct lr_error *err);
void lr_baseline_free(struct lr_baseline *baseline);

/* NULL: not accepted. */
const struct lr_accepted *lr_baseline_find(const struct lr_baseline *baseline,
					   const char *fingerprint);
/* How many blocks ACCEPTED stands for. */
uint64_t lr_accepted_blocks(const struct lr_accepted *accepted);
size_t lr_baseline_count(const struct lr_baseline *baseline);
const struct lr_accepted *lr_baseline_get(const struct lr_baseline *baseline, size_t index);
const struct lr_baseline_total *
lr_baseline_totals(const struct lr_baseline *baseline); /* [LS_MEM_COUNT] */

/*
 * Write a baseline that accepts FOUND (sorted by the caller) to PATH, in one step:
 * a reader sees the old file or the new one.  OLD, which may be NULL, is what was read
 * from PATH.  Without OLD there must be no file PATH.  0, or -1 with ERR and
 * PATH as it was.
 */
int lr_baseline_write(const char *path, const struct lr_baseline *old, const struct lr_found *found,
		      size_t count, const struct lr_baseline_total totals[LS_MEM_COUNT],
		      struct lr_error *err);

#endif
