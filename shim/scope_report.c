/* SPDX-License-Identifier: MIT */
/* See scope_report.h.  Relies on options, depot and plain_report for frames. */
#include "scope_report.h"

#include <fcntl.h>

#include "depot.h"
#include "options.h"
#include "plain_report.h"
#include "scope.h"
#include "text.h"

#define ROOM (32u << 10)
#define MOST_STACKS 10u

struct ls_scope_report {
	struct ls_scope_report *next;
	struct ls_text text;
	char data[ROOM];
};
static struct ls_scope_report *ready, **ready_end = &ready;
static struct ls_scope_report *current;
static uint32_t stacks;

void ls_scope_report_reset(void)
{
	current = NULL;
	ls_scope_report_take();
}

void ls_scope_report_add(const struct ls_context *c, uint64_t blocks, uint64_t bytes, void *unused)
{
	(void)unused;
	if (!ls_options.scope_report[0])
		return;
	if (!current) {
		current = ls_mem_alloc(sizeof *current);
		if (!current)
			return;
		ls_text_start(&current->text, current->data, ROOM);
		stacks = 0;
	}
	if (++stacks > MOST_STACKS)
		return;
	ls_text_add(&current->text, "  ");
	ls_plain_amount_of(&current->text, c->memory, blocks, bytes);
	ls_text_add(&current->text, "\n");
	ls_plain_frames(&current->text, ls_depot_get(c->stack), "    ");
}

void ls_scope_report_close(uint32_t path, uint32_t reason, struct ls_survivors sum)
{
	struct ls_scope_report *r = ls_mem_alloc(sizeof *r);
	if (!current || !r) {
		if (r)
			ls_mem_free(r, sizeof *r);
		return;
	}
	ls_text_start(&r->text, r->data, ROOM);
	ls_text_add(&r->text, "leakscope: scope ");
	ls_scope_path_text(path, &r->text);
	ls_text_add(&r->text, reason == LS_CLOSE_EXIT     ? " ended with the process, leaving "
			      : reason == LS_CLOSE_PARENT ? " closed with its parent, leaving "
							  : " closed, leaving ");
	ls_plain_amount(&r->text, sum.blocks, sum.bytes);
	ls_text_add(&r->text, "\n");
	ls_text_add_n(&r->text, current->data, current->text.used);
	if (stacks > MOST_STACKS) {
		ls_text_add(&r->text, "  and ");
		ls_text_number(&r->text, stacks - MOST_STACKS);
		ls_text_add(&r->text, " more stacks\n");
	}
	ls_mem_free(current, sizeof *current);
	current = NULL;
	*ready_end = r;
	ready_end = &r->next;
}

struct ls_scope_report *ls_scope_report_take(void)
{
	struct ls_scope_report *r = ready;
	ready = NULL;
	ready_end = &ready;
	return r;
}

static int open_target(const char *target)
{
	if (ls_equal(target, "stderr"))
		return 2;
	if (ls_equal(target, "stdout"))
		return 1;
	return ls_sys_open(target, O_WRONLY | O_CREAT | O_APPEND, 0600);
}

void ls_scope_report_write(struct ls_scope_report *r)
{
	if (!r)
		return;
	int fd = open_target(ls_options.scope_report);
	while (r) {
		struct ls_scope_report *next = r->next;
		if (fd >= 0)
			ls_sys_write(fd, r->data, r->text.used);
		ls_mem_free(r, sizeof *r);
		r = next;
	}
	if (fd > 2)
		ls_sys_close(fd);
}
