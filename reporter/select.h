/* SPDX-License-Identifier: MIT */
/*
 * From a model to a view: which blocks count as leaks, in what order, grouped
 * how, and their sums.
 */
#ifndef LR_SELECT_H
#define LR_SELECT_H

#include "err.h"
#include "out.h"

enum lr_sort { LR_SORT_BYTES, LR_SORT_BLOCKS, LR_SORT_RECENT };

enum lr_group {
	LR_GROUP_NONE,     /* as the model has them: one per stack */
	LR_GROUP_SITE,     /* same line of the program's own code */
	LR_GROUP_FUNCTION, /* same function of the program's own code */
	LR_GROUP_MODULE,
	LR_GROUP_SCOPE,
	LR_GROUP_THREAD,
	LR_GROUP_RETAINED /* one per stack and scope, whatever the kinds, by what it keeps alive */
};

struct lr_view_options {
	const struct lr_selection *selection;
	struct lr_suppressions *suppressions; /* may be NULL */
	struct lr_symbols *symbols;           /* may be NULL */
	size_t top;                           /* 0 = all */
	enum lr_sort sort;
	enum lr_group group;
	int width;
	bool color;
	bool verbose;
	bool referrers; /* the model was built with them, and they are to be shown */
};

/* The bit of every kind. */
#define LR_ALL_KINDS ((1u << LS_KIND_COUNT) - 1)

/* definite, indirect, unclassified, device, outlived; everything else open. */
void lr_selection_default(struct lr_selection *selection);

/*
 * Whether SELECTION picks LEAK of MODEL; suppressions are not asked.  `since` is not
 * looked at: which blocks are younger than a snapshot was settled when MODEL was built.
 */
bool lr_selection_has(const struct lr_selection *selection, const struct lr_model *model,
		      const struct lr_leak *leak);

/*
 * Fill VIEW.  Marks suppressed leaks of MODEL (suppressed_by).  0, or -1 with
 * ERR (no snapshot with that label, nothing that says what is retained).  The view points into MODEL and OPTIONS.
 */
int lr_view_make(struct lr_view *view, struct lr_model *model,
		 const struct lr_view_options *options, struct lr_error *err);
void lr_view_free(struct lr_view *view);

#endif
