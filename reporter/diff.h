/* SPDX-License-Identifier: MIT */
/*
 * What grew between two recordings, or between two snapshots of one: leaks matched by
 * fingerprint, kind and memory, and sums by scope.  cmd_diff.c reads the command line and
 * the recordings, diff.c compares, diff_text.c and diff_json.c say it.
 */
#ifndef LR_DIFF_H
#define LR_DIFF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "arena.h"
#include "out.h"

struct lr_diff_side {
	const struct lr_view *view;         /* selected and not suppressed */
	const char *recording;              /* as the user named it */
	const struct lr_snapshot *snapshot; /* NULL = as it stands */
};

struct lr_diff_entry {
	const struct lr_leak *leak; /* the largest of them, of the new side if it has any */
	bool only_old;              /* LEAK is of the old side */
	const char *kind;           /* of the contract, or "lost", or "any" */
	struct lr_amount before, after;
	bool outlived, estimated;
};

struct lr_diff_scope {
	const char *path;
	struct lr_amount before, after;
};

struct lr_diff {
	struct lr_arena *arena;
	struct lr_diff_side before, after;
	/*
	 * One recording: `after` holds the blocks that came between the two snapshots and
	 * are live still; before there were none of them.
	 */
	bool span;
	bool kinds_merged;           /* one side has no leak scan: host kinds are not told apart */
	struct lr_diff_entry *sites; /* those that changed, the largest growth first */
	size_t site_count;
	size_t hidden_count;          /* cut off by --top */
	struct lr_diff_scope *scopes; /* likewise */
	size_t scope_count;
	struct lr_amount sum_before, sum_after, grown, shrunk;
	uint64_t handles_before, handles_after; /* of those blocks */
	size_t grown_count, shrunk_count;
};

struct lr_diff_options {
	uint64_t min_bytes; /* changes of fewer bytes are left out, but not those of handles */
	size_t top;         /* 0 = all */
};

/* Compare; DIFF's sides, span and arena are set, the rest zero.  All stays in the arena. */
void lr_diff_make(struct lr_diff *diff, const struct lr_diff_options *options);

/* 0, or -errno of the stream. */
int lr_diff_text(FILE *out, const struct lr_diff *diff);
int lr_diff_json(FILE *out, const struct lr_diff *diff);

/* AFTER - BEFORE without overflow. */
static inline int64_t lr_diff_change(uint64_t before, uint64_t after)
{
	uint64_t most = INT64_MAX, size = after > before ? after - before : before - after;

	size = size < most ? size : most;
	return after > before ? (int64_t)size : -(int64_t)size;
}

#endif
