/* SPDX-License-Identifier: MIT */
/*
 * One suppression rule, as the two parsers make it and the matcher reads it.
 * Private to suppress*.c.
 *
 * LeakSanitizer's lines become one pattern; a Valgrind block becomes a list of
 * frame patterns.  All strings are owned by the rule.
 */
#ifndef LR_SUPPRESS_RULE_H
#define LR_SUPPRESS_RULE_H

#include "suppress.h"
#include "textfile.h"

enum lr_rule_form {
	LR_RULE_LEAK,    /* leak:PATTERN: function, file or module of any frame */
	LR_RULE_SCOPE,   /* scope:GLOB: the scope path */
	LR_RULE_MODULE,  /* module:GLOB: path or file name of any frame's module */
	LR_RULE_RUNTIME, /* runtime:GLOB: a driver call of NVIDIA's libraries for themselves */
	LR_RULE_VALGRIND /* a block of frame patterns */
};

enum lr_place_form {
	LR_PLACE_FUNCTION, /* fun: */
	LR_PLACE_OBJECT,   /* obj: */
	LR_PLACE_SOURCE,   /* src:FILE[:LINE] */
	LR_PLACE_ANY       /* ... : any number of frames */
};

struct lr_place {
	enum lr_place_form form;
	char *pattern;   /* as written; NULL for LR_PLACE_ANY */
	char *demangled; /* of a mangled name without wildcards, else NULL */
};

#define LR_RULE_ALL_KINDS ((1u << LS_KIND_COUNT) - 1)

struct lr_rule {
	enum lr_rule_form form;
	char *text;      /* the line as written, or the block's name */
	char *pattern;   /* LEAK: with its anchors made explicit; SCOPE, MODULE: the glob */
	char *origin;    /* "FILE:LINE" or "built-in" */
	const char *why; /* built-in rules only; static */
	unsigned kinds;  /* VALGRIND: bit 1 << enum ls_kind */
	struct lr_place *places;
	size_t place_count;
	uint64_t leaks, blocks, bytes, handles;
};

/* A new empty rule of S with its text and origin set, or NULL: no memory. */
struct lr_rule *lr_rule_add(struct lr_suppressions *s, enum lr_rule_form form, const char *text,
			    size_t length, const char *name, unsigned line);

/* Mark the rules from index FROM on as built-in, with the reason WHY (static). */
void lr_rule_set_why(struct lr_suppressions *s, size_t from, const char *why);

/* suppress_lsan.c: one line.  0, or -1 with ERR. */
int lr_lsan_parse(struct lr_suppressions *s, const char *name, unsigned line_number,
		  const char *line, size_t length, struct lr_error *err);
bool lr_lsan_match(const struct lr_rule *rule, const struct lr_leak *leak);

/* suppress_valgrind.c: a block, whose `{` is the line LINES returned last. */
int lr_valgrind_parse(struct lr_suppressions *s, const char *name, struct lr_lines *lines,
		      struct lr_error *err);
bool lr_valgrind_match(const struct lr_rule *rule, const struct lr_leak *leak);

/* Length of the demangled name FUNCTION without its argument list and what follows that. */
size_t lr_bare_length(const char *function);

#endif
