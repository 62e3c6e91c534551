/* SPDX-License-Identifier: MIT */
/* The suppressions that a program brings itself (__lsan_default_suppressions). */
#ifndef LR_SELECT_PROGRAM_H
#define LR_SELECT_PROGRAM_H

#include "model.h"
#include "suppress.h"

/*
 * The rules in MODEL->program_rules, to be freed; NULL = it has none.  Lines that are
 * no rules are left out, and a note of MODEL says so, once.
 */
struct lr_suppressions *lr_program_rules(struct lr_model *model);

#endif
