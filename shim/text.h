/* SPDX-License-Identifier: MIT */
/*
 * Strings and numbers without stdio and without the host's interposable string
 * functions' side effects.  Async-signal-safe, no allocation.
 */
#ifndef LS_TEXT_H
#define LS_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

size_t ls_length(const char *s);
bool ls_equal(const char *a, const char *b);
bool ls_starts(const char *s, const char *prefix);
void ls_zero(void *p, size_t n);
void ls_copy(void *to, const void *from, size_t n);
const char *ls_basename(const char *path);

/* A line or path being put together; what does not fit is cut. */
struct ls_text {
	char *data;
	size_t size, used;
};
/* Start in BUFFER of SIZE bytes; the text is terminated at every moment. */
void ls_text_start(struct ls_text *t, char *buffer, size_t size);
void ls_text_add(struct ls_text *t, const char *s);
void ls_text_add_n(struct ls_text *t, const char *s, size_t n);
void ls_text_number(struct ls_text *t, uint64_t v);
void ls_text_hex(struct ls_text *t, uint64_t v);

/* Parse a decimal number at *S, move *S past it; false if there is none or it overflows. */
bool ls_parse_number(const char **s, uint64_t *v);
/* Likewise lower-case hexadecimal, as the kernel writes it. */
bool ls_parse_hex(const char **s, uint64_t *v);

#endif
