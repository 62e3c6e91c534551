/* SPDX-License-Identifier: MIT */
/*
 * The reporter's outputs behind one interface: a format is a name and a
 * function that writes a view.  The table is in out.c; each format is one
 * out_<format>.c.
 */
#ifndef LR_OUT_H
#define LR_OUT_H

#include <stdbool.h>
#include <stdio.h>

#include "model.h"
#include "suppress.h"
#include "symbols.h"

/* A model as the user asked to see it. */
struct lr_view {
	const struct lr_model *model;
	const struct lr_selection *selection;
	struct lr_summary summary;
	struct lr_leak **leaks; /* selected, not suppressed, sorted, cut at --top */
	size_t leak_count;
	size_t hidden_count; /* selected leaks that --top cut off */
	struct lr_amount hidden;
	const struct lr_suppressions *suppressions; /* may be NULL */
	struct lr_symbols *symbols;                 /* for source lines; may be NULL */
	int width;                                  /* columns; 0 = not a terminal: 100 */
	bool color;
	bool verbose;
	bool referrers; /* say what holds blocks */
	bool retained;  /* entries are sites, by what they keep alive */
	/* the program's own suppressions, freed with the view; NULL = none */
	struct lr_suppressions *program_rules;
};

struct lr_format {
	const char *name;
	const char *help;
	/* Returns 0, or -errno of the stream. */
	int (*write)(FILE *out, const struct lr_view *view);
};

/* Find a format by name; NULL if there is none. */
const struct lr_format *lr_format_find(const char *name);
/* All formats, ended by a NULL name. */
const struct lr_format *lr_format_all(void);

#endif
