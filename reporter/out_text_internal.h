/* SPDX-License-Identifier: MIT */
/* What the parts of the text report share: colours and lines that wrap. */
#ifndef LR_OUT_TEXT_INTERNAL_H
#define LR_OUT_TEXT_INTERNAL_H

#include "out_formats.h"

enum lr_style { LR_PLAIN, LR_BOLD, LR_DIM, LR_RED, LR_GREEN, LR_YELLOW, LR_CYAN };

/* A report being written. */
struct lr_text {
	FILE *out;
	const struct lr_view *view;
	size_t width;    /* columns to wrap at */
	size_t limit;    /* columns to cut at; 0 = don't cut (not a terminal) */
	size_t column;   /* where the current line is */
	const char *cwd; /* "" = unknown */
};

/* Write TEXT in STYLE at most WIDTH columns wide (0 = no limit). */
void lr_text_style(struct lr_text *t, enum lr_style style, const char *text, size_t width);
/* The same, padded to WIDTH (on the left if RIGHT). */
void lr_text_cell(struct lr_text *t, enum lr_style style, const char *text, size_t width,
		  bool right);
/* One piece of a line: three spaces before it, or a new line indented by INDENT if it won't fit. */
void lr_text_piece(struct lr_text *t, enum lr_style style, const char *text, size_t indent);
void lr_text_newline(struct lr_text *t);
void lr_text_indent(struct lr_text *t, size_t columns);
/* Words of TEXT, wrapped, later lines indented by INDENT; ends the line. */
void lr_text_wrap(struct lr_text *t, enum lr_style style, const char *text, size_t indent);

/* PATH, without its front where it is wider than WIDTH. */
const char *lr_text_tail(struct lr_text *t, const char *path, size_t width);
/* "block(s)", "buffer(s)", "stream(s)", …: what COUNT of LEAK are called. */
const char *lr_text_noun(const struct lr_leak *leak, uint64_t count);
/* FILE as short as it stays clear: relative to the current directory. */
const char *lr_text_file(const struct lr_text *t, const char *file);

void lr_text_leak(struct lr_text *t, const struct lr_leak *leak, size_t number);
void lr_text_frames(struct lr_text *t, const struct lr_leak *leak);
/* out_text_held.c: what is left of its scope and who holds it; what it keeps alive. */
void lr_text_held(struct lr_text *t, const struct lr_leak *leak);
/* "120 B in 3 blocks"; LEAK says what they are, NULL: blocks. */
const char *lr_text_amount(struct lr_text *t, const struct lr_leak *leak,
			   const struct lr_amount *amount);
void lr_text_scopes(struct lr_text *t);
/* out_text_gpu.c: of a leak with `gpu`, pieces of its head and lines below it. */
void lr_text_gpu_pieces(struct lr_text *t, const struct lr_leak *leak);
void lr_text_gpu_sentences(struct lr_text *t, const struct lr_leak *leak);
/* Whether FRAME of LEAK says nothing to a reader. */
bool lr_text_is_folded(const struct lr_text *t, const struct lr_leak *leak, size_t frame);
void lr_text_handles(struct lr_text *t);
void lr_text_devices(struct lr_text *t);
void lr_text_totals(struct lr_text *t);

#endif
