/* SPDX-License-Identifier: MIT */
/*
 * Wildcard matching whose time is bounded by pattern length x text length, so
 * that neither a hostile pattern nor a hostile name can stall the reporter
 * (fnmatch's time may be exponential).  Pure functions.
 */
#ifndef LR_WILDCARD_H
#define LR_WILDCARD_H

#include <stdbool.h>
#include <stddef.h>

/* `*` matches any run, also an empty one; all else is literal.  The whole TEXT must match. */
bool lr_match_star(const char *pattern, const char *text, size_t length);

/* `*` any run, `?` any one character.  The whole TEXT must match. */
bool lr_match_wild(const char *pattern, const char *text, size_t length);

/*
 * A glob: `*` (crosses '/'), `?`, `[abc]`, `[a-z]`, `[!a]`, and `\` makes the next
 * character literal.  A `[` without `]` is literal.  The whole TEXT must match.
 */
bool lr_match_glob(const char *pattern, const char *text, size_t length);

#endif
