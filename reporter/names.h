/* SPDX-License-Identifier: MIT */
/*
 * Names of the contract: kinds, memories; and reading option values.  Each
 * lr_parse_* returns 0, or -1 with ERR naming the option, the value and what it
 * could have been.
 */
#ifndef LR_NAMES_H
#define LR_NAMES_H

#include "err.h"
#include "model.h"

const char *lr_kind_name(enum ls_kind kind);
const char *lr_memory_name(enum ls_memory memory);
const char *lr_scope_kind_name(uint32_t kind);

/* "definite,device,outlived" or "all" into kinds and outlived of SELECTION. */
int lr_parse_kinds(const char *option, const char *value, struct lr_selection *selection,
		   struct lr_error *err);
int lr_parse_memory(const char *option, const char *value, int *memory, struct lr_error *err);
/* A number, with or without K, M, G, T (powers of 1024; KiB, MB… are taken the same way). */
int lr_parse_size(const char *option, const char *value, uint64_t *size, struct lr_error *err);
int lr_parse_number(const char *option, const char *value, uint64_t *number, struct lr_error *err);
/* One of the NULL-ended NAMES into *INDEX. */
int lr_parse_choice(const char *option, const char *value, const char *const *names, int *index,
		    struct lr_error *err);

#endif
