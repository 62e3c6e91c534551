/* SPDX-License-Identifier: MIT */
/*
 * A small streaming JSON writer: indents, puts the commas, escapes.  Text that
 * is not UTF-8 has its bad bytes replaced by U+FFFD.
 */
#ifndef LR_JSON_WRITE_H
#define LR_JSON_WRITE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define LR_JSON_DEPTH 16

struct lr_json {
	FILE *out;
	int depth;
	bool some[LR_JSON_DEPTH];    /* something was written at this depth */
	bool compact[LR_JSON_DEPTH]; /* on one line */
	bool keyed;                  /* a key waits for its value */
};

void lr_json_start(struct lr_json *json, FILE *out);
void lr_json_open(struct lr_json *json, char bracket, bool compact); /* '{' or '[' */
void lr_json_close(struct lr_json *json, char bracket);              /* '}' or ']' */
void lr_json_key(struct lr_json *json, const char *key);
void lr_json_text(struct lr_json *json, const char *text); /* NULL = null */
void lr_json_number(struct lr_json *json, uint64_t number);
void lr_json_signed(struct lr_json *json, int64_t number);
void lr_json_real(struct lr_json *json, double number);
void lr_json_bool(struct lr_json *json, bool value);
void lr_json_null(struct lr_json *json);
/* One string literal, quotes and all, for writers of other shapes. */
void lr_json_literal(FILE *out, const char *text);

/* KEY and value in one. */
void lr_json_put_text(struct lr_json *json, const char *key, const char *text);
void lr_json_put_number(struct lr_json *json, const char *key, uint64_t number);
void lr_json_put_real(struct lr_json *json, const char *key, double number);
/* Times that are measured by a fine clock, to the microsecond. */
void lr_json_put_fine(struct lr_json *json, const char *key, double seconds);
void lr_json_put_bool(struct lr_json *json, const char *key, bool value);

#endif
