/* SPDX-License-Identifier: MIT */
/*
 * Reports in plain form, written by the process itself: function names from
 * dynamic symbols, else module+offset.  Used for scope reports, and at exit
 * when the reporter cannot be found.
 */
#ifndef LS_PLAIN_REPORT_H
#define LS_PLAIN_REPORT_H

#include <stdint.h>

struct ls_text;
struct ls_stack;

/* "3 blocks, 120 bytes" */
void ls_plain_amount(struct ls_text *out, uint64_t blocks, uint64_t bytes);
/* The same of a kind of memory, enum ls_memory: "3 blocks, 120 bytes of device memory". */
void ls_plain_amount_of(struct ls_text *out, uint32_t memory, uint64_t blocks, uint64_t bytes);
/* One line a frame; STACK may be NULL. */
void ls_plain_frames(struct ls_text *out, const struct ls_stack *stack, const char *indent);
/* The whole report into PATH; 0 or -errno. */
int ls_plain_write(const char *path);

#endif
