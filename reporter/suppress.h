/* SPDX-License-Identifier: MIT */
/*
 * Suppressions: rules that say which leaks are known and accepted.  Two file
 * forms, told apart by their content: LeakSanitizer's lines (`leak:PATTERN`,
 * plus our `scope:GLOB`, `module:GLOB` and `runtime:GLOB`) and Valgrind's blocks.  The built-in
 * rules for one-time leaks of system libraries are in suppress_default.c.
 */
#ifndef LR_SUPPRESS_H
#define LR_SUPPRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "err.h"
#include "model.h"

struct lr_suppressions;

struct lr_suppressions *lr_suppressions_new(void);
void lr_suppressions_free(struct lr_suppressions *s);

/* Add the built-in rules. */
void lr_suppressions_add_default(struct lr_suppressions *s);
/* Add the rules of a file; 0, or -1 with ERR naming file, line and remedy. */
int lr_suppressions_add_file(struct lr_suppressions *s, const char *path, struct lr_error *err);
/* The same from memory (NAME for messages); what the fuzz target calls. */
int lr_suppressions_add_text(struct lr_suppressions *s, const char *name, const char *text,
			     size_t length, struct lr_error *err);

/*
 * The first rule that covers LEAK, or NULL.  A match is counted with the leak's
 * blocks and bytes.  The text returned is owned by S.
 */
const char *lr_suppressions_match(struct lr_suppressions *s, const struct lr_leak *leak);

struct lr_suppression_use {
	const char *rule;   /* as written, or the name of a Valgrind block */
	const char *origin; /* "FILE:LINE" or "built-in" */
	const char *why;    /* for built-in ones */
	uint64_t leaks, blocks, bytes;
	uint64_t handles; /* of the blocks */
};
/* All rules in a form that can be read back, built-in ones with the reason as a comment. */
void lr_suppressions_write(const struct lr_suppressions *s, FILE *out);
size_t lr_suppressions_count(const struct lr_suppressions *s);
struct lr_suppression_use lr_suppressions_use(const struct lr_suppressions *s, size_t index);

#endif
