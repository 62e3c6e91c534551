/* SPDX-License-Identifier: MIT */
/* The scope table and the totals of the text report. */
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "gpu.h"
#include "names.h"
#include "out_text_internal.h"
#include "term.h"
#include "units.h"

#define MOST_SCOPES 40
#define COLUMNS 5
#define NARROWEST_PATH 16

static const char *const heads[COLUMNS] = {"opened", "allocated", "peak", "outlived",
					   "freed later"};
static const size_t widths[COLUMNS] = {9, 10, 10, 10, 11};

/* The columns that fit beside a path: the least telling ones go first. */
static size_t fit_columns(size_t width, bool shown[COLUMNS])
{
	static const size_t least[] = {4, 2, 0, 1};
	size_t sum = 0, i;

	for (i = 0; i < COLUMNS; i++) {
		shown[i] = true;
		sum += widths[i] + 2;
	}
	for (i = 0; i < sizeof least / sizeof *least && sum + NARROWEST_PATH > width; i++) {
		shown[least[i]] = false;
		sum -= widths[least[i]] + 2;
	}
	return sum;
}

static int compare(uint64_t a, uint64_t b)
{
	return a > b ? -1 : a < b;
}

/* What outlived most comes first, then what allocated most. */
static int by_weight(const void *a, const void *b)
{
	const struct lr_scope *x = *(const struct lr_scope *const *)a;
	const struct lr_scope *y = *(const struct lr_scope *const *)b;
	int order = compare(x->outlived_bytes, y->outlived_bytes);

	if (!order)
		order = compare(x->live_bytes, y->live_bytes);
	if (!order)
		order = compare(x->allocated_bytes, y->allocated_bytes);
	return order ? order : (x > y) - (x < y);
}

static int by_place(const void *a, const void *b)
{
	const struct lr_scope *x = *(const struct lr_scope *const *)a;
	const struct lr_scope *y = *(const struct lr_scope *const *)b;

	return (x > y) - (x < y);
}

static void row(struct lr_text *t, const struct lr_scope *s, size_t path_width,
		const bool shown[COLUMNS])
{
	char cells[COLUMNS][LR_UNIT_SIZE];
	size_t i;

	lr_count(cells[0], s->instances);
	lr_size(cells[1], s->allocated_bytes);
	lr_size(cells[2], s->peak_bytes);
	lr_size(cells[3], s->outlived_bytes);
	lr_size(cells[4], s->outlived_freed_bytes);
	if (!s->outlived_blocks)
		strcpy(cells[4], "");
	lr_text_cell(t, LR_CYAN, lr_text_tail(t, s->path, path_width), path_width, false);
	for (i = 0; i < COLUMNS && cells[i][0]; i++) {
		if (!shown[i])
			continue;
		lr_text_indent(t, 2);
		lr_text_cell(t,
			     i == 3 && s->outlived_bytes > s->outlived_freed_bytes ? LR_YELLOW
										   : LR_PLAIN,
			     cells[i], widths[i], true);
	}
	lr_text_newline(t);
}

void lr_text_scopes(struct lr_text *t)
{
	const struct lr_model *m = t->view->model;
	const struct lr_scope **list;
	size_t count = m->scope_count - 1, shown = count, i, width = 5, room, taken;
	bool columns[COLUMNS];

	if (!count)
		return;
	list = lr_arena_array(m->arena, count, sizeof *list);
	for (i = 0; i < count; i++)
		list[i] = &m->scopes[i + 1];
	if (shown > MOST_SCOPES && !t->view->verbose) {
		qsort(list, count, sizeof *list, by_weight);
		shown = MOST_SCOPES;
		qsort(list, shown, sizeof *list, by_place);
	}
	for (i = 0; i < shown; i++) {
		size_t w = lr_text_width(list[i]->path);

		width = w > width ? w : width;
	}
	taken = fit_columns(t->width, columns);
	room = t->width > taken + NARROWEST_PATH ? t->width - taken : NARROWEST_PATH;
	if (width > room)
		width = room;
	lr_text_cell(t, LR_DIM, "scope", width, false);
	for (i = 0; i < COLUMNS; i++) {
		if (!columns[i])
			continue;
		lr_text_indent(t, 2);
		lr_text_cell(t, LR_DIM, heads[i], widths[i], true);
	}
	lr_text_newline(t);
	for (i = 0; i < shown; i++)
		row(t, list[i], width, columns);
	if (shown < count) {
		lr_text_style(t, LR_DIM,
			      lr_arena_printf(m->arena, "… and %zu more scopes (--verbose)",
					      count - shown),
			      0);
		lr_text_newline(t);
	}
	lr_text_newline(t);
}

static struct lr_amount suppressed_host(const struct lr_model *m)
{
	struct lr_amount sum = {0};
	size_t i;

	for (i = 0; i < m->leak_count; i++) {
		if (!m->leaks[i].suppressed_by || m->leaks[i].memory != LS_MEM_HOST)
			continue;
		sum.bytes += m->leaks[i].bytes;
		sum.blocks += m->leaks[i].blocks;
	}
	return sum;
}

/*
 * ": definite 3 (120 B), indirect 0, possible 0, still reachable 12 (3.4 KiB; --kinds all)";
 * "" if no scan was made.
 */
static const char *kinds_label(struct lr_text *t)
{
	static const struct {
		enum ls_kind kind;
		const char *name;
	} kinds[] = {{LS_KIND_DEFINITE, "definite"},
		     {LS_KIND_INDIRECT, "indirect"},
		     {LS_KIND_POSSIBLE, "possible"},
		     {LS_KIND_UNCLASSIFIED, "unclassified"},
		     {LS_KIND_REACHABLE, "still reachable"}};
	const struct lr_amount *by_kind = t->view->summary.by_kind;
	struct lr_amount suppressed = suppressed_host(t->view->model);
	struct lr_arena *arena = t->view->model->arena;
	char count[LR_UNIT_SIZE], size[LR_UNIT_SIZE];
	const char *text = "";
	bool some = false;
	size_t i;

	for (i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		const struct lr_amount *amount = &by_kind[kinds[i].kind];
		bool hidden = !(t->view->selection->kinds & 1u << kinds[i].kind);

		some |= amount->blocks && kinds[i].kind != LS_KIND_UNCLASSIFIED;
		if (amount->blocks)
			text = lr_arena_printf(arena, "%s%s %s %s (%s%s)", text, *text ? "," : ":",
					       kinds[i].name, lr_count(count, amount->blocks),
					       lr_size(size, amount->bytes),
					       hidden ? "; --kinds all" : "");
		else if (kinds[i].kind != LS_KIND_UNCLASSIFIED) /* none is the rule */
			text = lr_arena_printf(arena, "%s%s %s 0", text, *text ? "," : ":",
					       kinds[i].name);
	}
	some |= suppressed.blocks && !by_kind[LS_KIND_UNCLASSIFIED].blocks;
	if (suppressed.blocks) /* of any kind: so that it adds up to what is live */
		text = lr_arena_printf(arena, "%s%s suppressed %s (%s)", text, *text ? "," : ":",
				       lr_count(count, suppressed.blocks),
				       lr_size(size, suppressed.bytes));
	return some ? text : "";
}

void lr_text_totals(struct lr_text *t)
{
	const struct lr_model *m = t->view->model;
	char count[LR_UNIT_SIZE], size[LR_UNIT_SIZE], peak[LR_UNIT_SIZE], at[LR_UNIT_SIZE];
	char live[LR_UNIT_SIZE], blocks[LR_UNIT_SIZE];
	const char *text;
	unsigned i;

	for (i = 0; i < LS_MEM_COUNT; i++) {
		const struct lr_total *total = &m->totals[i];

		if (i != LS_MEM_HOST && !total->allocations && !total->live_blocks)
			continue;
		if (i == LS_MEM_HANDLE) {
			lr_text_handles(t);
			continue;
		}
		text = lr_arena_printf(
			m->arena, "%s %s, %s, peak %s at %s; ", lr_count(count, total->allocations),
			lr_plural(total->allocations, "allocation", "allocations"),
			lr_size(size, total->allocated_bytes), lr_size(peak, total->peak_bytes),
			lr_seconds(at, total->peak_s));
		if (total->live_blocks)
			text = lr_arena_printf(
				m->arena, "%s%s %s live (%s)%s", text,
				lr_count(blocks, total->live_blocks),
				lr_gpu_noun((enum ls_memory)i, LS_RES_NONE, total->live_blocks),
				lr_size(live, total->live_bytes),
				i == LS_MEM_HOST ? kinds_label(t) : "");
		else
			text = lr_arena_printf(m->arena, "%snone live", text);
		lr_text_cell(t, LR_DIM, lr_memory_name(i), 9, false);
		lr_text_wrap(t, LR_PLAIN, text, 9);
	}
	lr_text_devices(t);
}
