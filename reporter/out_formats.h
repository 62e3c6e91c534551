/* SPDX-License-Identifier: MIT */
/* The writers of all formats, for the table in out.c. */
#ifndef LR_OUT_FORMATS_H
#define LR_OUT_FORMATS_H

#include "out.h"

int lr_out_text(FILE *out, const struct lr_view *view);
int lr_out_json(FILE *out, const struct lr_view *view);
int lr_out_folded(FILE *out, const struct lr_view *view);
int lr_out_github(FILE *out, const struct lr_view *view);
int lr_out_markdown(FILE *out, const struct lr_view *view);

/* One frame, as all JSON outputs have it. */
struct lr_json;
void lr_json_frame(struct lr_json *json, const struct lr_frame *frame);

/* 0, or -errno if writing to OUT has failed. */
int lr_out_status(FILE *out);

#endif
