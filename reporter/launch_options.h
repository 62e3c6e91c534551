/* SPDX-License-Identifier: MIT */
/*
 * LEAKSCOPE_OPTIONS as the launcher sees it: a list of key=value pairs in the
 * sanitizers' form ("key=value:key=value", a value holding ':' in double
 * quotes).  The launcher reads what the user set, overrides some keys and
 * writes the list back for the shim.
 */
#ifndef LR_LAUNCH_OPTIONS_H
#define LR_LAUNCH_OPTIONS_H

#include <stddef.h>

#include "err.h"

struct launch_option {
	char *key, *value;
};

struct launch_options {
	struct launch_option *list;
	size_t count;
};

/* Called once for each entry that is dropped, with the whole line to say. */
typedef void launch_options_warn(void *context, const char *line);

/*
 * Add the entries of TEXT (NULL = none) to O.  An unknown key, or a value that
 * its key can't have, is told to WARN and left out.  Returns 0 or -ENOMEM.
 */
int launch_options_parse(struct launch_options *o, const char *text, launch_options_warn *warn,
			 void *context);

/* The value of KEY, or NULL. */
const char *launch_options_get(const struct launch_options *o, const char *key);

/* Set KEY to VALUE, or remove it (VALUE == NULL).  Returns 0 or -ENOMEM. */
int launch_options_set(struct launch_options *o, const char *key, const char *value);

/*
 * NULL if VALUE is fine for KEY, else what is wrong with it ("is not a number
 * of bytes"); a key that is not known gives "unknown".
 */
const char *launch_options_check(const char *key, const char *value);

/* Longest value (a path) that the shim takes. */
#define LAUNCH_OPTION_MAX 511

/* The text for the environment, malloc'd; NULL with ERR if it can't be written. */
char *launch_options_format(const struct launch_options *o, struct lr_error *err);

void launch_options_clear(struct launch_options *o);

/* Whether VALUE can be written in one entry: no quote and no newline in it. */
int launch_options_can_quote(const char *value);

#endif
