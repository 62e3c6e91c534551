/* SPDX-License-Identifier: MIT */
/* What the reporter's unit tests share.  Include it after nothing: it brings cmocka. */
#ifndef REPORTER_HELPERS_H
#define REPORTER_HELPERS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "build.h"
#include "make_recording.h"
#include "recording.h"
#include "select.h"

/* Finish MR and parse it; MR is freed.  NULL: refused, ERR says why. */
struct lr_recording *parse_recording(struct mr *mr, struct lr_error *err);
/* The same up to the model, without symbols; fails the test if that can't be. */
struct lr_model *build_model(struct mr *mr);
/* The model's leak of that scope and size, or NULL. */
struct lr_leak *find_leak(struct lr_model *model, const char *scope, uint64_t bytes);
struct lr_scope *find_scope(struct lr_model *model, const char *path);
/* Whether a note of MODEL holds TEXT. */
bool has_note(const struct lr_model *model, const char *text);
/* What FORMAT writes of MODEL with OPTIONS (NULL: the defaults); to be freed. */
char *write_format(struct lr_model *model, const char *format,
		   const struct lr_view_options *options);

/* When this process started, as /proc has it. */
uint64_t own_start_ticks(void);

#endif
