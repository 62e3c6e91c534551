/* SPDX-License-Identifier: MIT */
/*
 * The text written when a scope closes with survivors (option scope_report=).
 * It is put together while the recording's lock is held and written after.
 */
#ifndef LS_SCOPE_REPORT_H
#define LS_SCOPE_REPORT_H

#include <stdint.h>

#include "context.h"

struct ls_scope_report;

/* Forget what a forked child has of its parent's. */
void ls_scope_report_reset(void);

/* One context with survivors, then the scope they belong to.  Under the lock. */
void ls_scope_report_add(const struct ls_context *c, uint64_t blocks, uint64_t bytes, void *unused);
void ls_scope_report_close(uint32_t path, uint32_t reason, struct ls_survivors sum);

/* What has been put together; the caller writes it once the lock is free.  Under the lock. */
struct ls_scope_report *ls_scope_report_take(void);
/* Write and release; NULL is fine. */
void ls_scope_report_write(struct ls_scope_report *r);

#endif
