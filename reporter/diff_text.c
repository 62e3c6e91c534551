/* SPDX-License-Identifier: MIT */
/* The difference for people: the verdict first, then sites, scopes, totals and notes. */
#include <inttypes.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "diff.h"
#include "names.h"
#include "out_text_internal.h"
#include "term.h"
#include "units.h"

#define FILE_WIDTH 100 /* to wrap at where there is no terminal */
#define INDENT 4
#define VERDICT_INDENT 8
#define FIGURE_WIDTH 10
#define MOST_SCOPES 40
#define WIDEST_PATH 60

/* "+480.0 KiB", "-12 B", "0 B" */
static const char *signed_size(const struct lr_diff *d, uint64_t before, uint64_t after)
{
	int64_t change = lr_diff_change(before, after);
	char size[LR_UNIT_SIZE];

	lr_size(size, (uint64_t)(change < 0 ? -change : change));
	return lr_arena_printf(d->arena, "%s%s", change > 0 ? "+" : change < 0 ? "-" : "", size);
}

static const char *signed_count(const struct lr_diff *d, uint64_t before, uint64_t after)
{
	int64_t change = lr_diff_change(before, after);
	char count[LR_UNIT_SIZE];

	lr_count(count, (uint64_t)(change < 0 ? -change : change));
	return lr_arena_printf(d->arena, "%s%s", change > 0 ? "+" : change < 0 ? "-" : "", count);
}

static const char *side_label(const struct lr_diff *d, const struct lr_diff_side *side)
{
	const struct lr_model *m = side->view->model;
	char seconds[LR_UNIT_SIZE];

	if (d->span && side->snapshot)
		return lr_arena_printf(d->arena, "%s (%s)", side->snapshot->label,
				       lr_seconds(seconds, side->snapshot->t_s));
	if (d->span)
		return side == &d->before ? "the start" : "now";
	return lr_arena_printf(d->arena, "%s (pid %" PRIu32 ", %s)", side->recording, m->pid,
			       lr_seconds(seconds, m->duration_s));
}

static void header(struct lr_text *t, const struct lr_diff *d)
{
	lr_text_style(t, LR_DIM, "leakscope " LEAKSCOPE_VERSION, 0);
	if (d->span)
		lr_text_piece(t, LR_BOLD, d->after.recording, INDENT);
	lr_text_piece(t, LR_PLAIN, lr_arena_printf(d->arena, "from %s", side_label(d, &d->before)),
		      INDENT);
	lr_text_piece(t, LR_PLAIN, lr_arena_printf(d->arena, "to %s", side_label(d, &d->after)),
		      INDENT);
	lr_text_newline(t);
}

/* "480.0 KiB more at 2 sites" */
static const char *part(const struct lr_diff *d, const struct lr_amount *amount, size_t count,
			const char *word)
{
	char size[LR_UNIT_SIZE];

	return lr_arena_printf(d->arena, "%s %s at %zu %s", lr_size(size, amount->bytes), word,
			       count, lr_plural(count, "site", "sites"));
}

/* "+1.5 KiB, +3 blocks, +1 GPU handle" */
static const char *sums(const struct lr_diff *d)
{
	const struct lr_amount *x = &d->sum_before, *y = &d->sum_after;
	uint64_t before = x->blocks - d->handles_before, after = y->blocks - d->handles_after;
	const char *text = "";

	if (x->bytes != y->bytes || before != after || d->handles_before == d->handles_after)
		text = lr_arena_printf(d->arena, "%s, %s blocks",
				       signed_size(d, x->bytes, y->bytes),
				       signed_count(d, before, after));
	if (d->handles_before != d->handles_after)
		text = lr_arena_printf(d->arena, "%s%s%s GPU handles", text, *text ? ", " : "",
				       signed_count(d, d->handles_before, d->handles_after));
	return text;
}

static void verdict(struct lr_text *t, const struct lr_diff *d)
{
	const struct lr_amount *x = &d->sum_before, *y = &d->sum_after;
	int64_t change = lr_diff_change(x->bytes, y->bytes);
	const char *text;

	if (!d->grown_count && !d->shrunk_count) {
		lr_text_style(t, LR_GREEN, d->span ? "nothing is left of it" : "no change", 0);
		lr_text_newline(t);
		return;
	}
	if (change > 0 || (!change && d->grown_count))
		lr_text_style(t, LR_RED, "GREW", 0);
	else
		lr_text_style(t, LR_GREEN, "SHRANK", 0);
	lr_text_indent(t, 2);
	text = sums(d);
	if (d->span)
		text = lr_arena_printf(d->arena, "%s that came in between and are live still",
				       text);
	else if (d->grown_count && d->shrunk_count)
		text = lr_arena_printf(d->arena, "%s: %s, %s", text,
				       part(d, &d->grown, d->grown_count, "more"),
				       part(d, &d->shrunk, d->shrunk_count, "less"));
	lr_text_wrap(t, LR_BOLD, text, VERDICT_INDENT);
}

static void site(struct lr_text *t, const struct lr_diff *d, const struct lr_diff_entry *e,
		 size_t number)
{
	const struct lr_leak *leak = e->leak;
	bool handle = leak->memory == LS_MEM_HANDLE;
	char size[LR_UNIT_SIZE], count[LR_UNIT_SIZE], to_size[LR_UNIT_SIZE], to_count[LR_UNIT_SIZE];

	lr_text_style(t, LR_DIM, lr_arena_printf(d->arena, "%2zu", number), 0);
	lr_text_indent(t, 2);
	lr_text_cell(t, LR_YELLOW, e->kind, 9, false);
	if (!handle)
		lr_text_piece(t, LR_BOLD,
			      lr_arena_printf(d->arena, "%s%s", e->estimated ? "~" : "",
					      signed_size(d, e->before.bytes, e->after.bytes)),
			      INDENT);
	lr_text_piece(t, handle ? LR_BOLD : LR_PLAIN,
		      lr_arena_printf(d->arena, "%s %s",
				      signed_count(d, e->before.blocks, e->after.blocks),
				      lr_text_noun(leak, 2)),
		      INDENT);
	if (e->before.blocks && e->after.blocks && handle)
		lr_text_piece(t, LR_PLAIN,
			      lr_arena_printf(d->arena, "from %s to %s",
					      lr_count(count, e->before.blocks),
					      lr_count(to_count, e->after.blocks)),
			      INDENT);
	else if (e->before.blocks && e->after.blocks)
		lr_text_piece(t, LR_PLAIN,
			      lr_arena_printf(d->arena, "from %s in %s to %s in %s",
					      lr_size(size, e->before.bytes),
					      lr_count(count, e->before.blocks),
					      lr_size(to_size, e->after.bytes),
					      lr_count(to_count, e->after.blocks)),
			      INDENT);
	else if (!d->span)
		lr_text_piece(t, LR_PLAIN, e->after.blocks ? "new" : "gone", INDENT);
	if (leak->memory > LS_MEM_DEVICE && !handle)
		lr_text_piece(t, LR_PLAIN,
			      lr_arena_printf(d->arena, "%s memory", lr_memory_name(leak->memory)),
			      INDENT);
	if (strcmp(leak->scope, "/") != 0)
		lr_text_piece(t, LR_CYAN,
			      lr_arena_printf(d->arena, "scope %s%s", leak->scope,
					      e->outlived ? " (outlived it)" : ""),
			      INDENT);
	if (leak->gpu)
		lr_text_gpu_pieces(t, leak);
	lr_text_newline(t);
	lr_text_frames(t, leak);
	lr_text_newline(t);
}

static void scopes(struct lr_text *t, const struct lr_diff *d)
{
	size_t shown = d->scope_count < MOST_SCOPES ? d->scope_count : MOST_SCOPES, width = 5, i;
	char before[LR_UNIT_SIZE], after[LR_UNIT_SIZE];

	if (!shown)
		return;
	for (i = 0; i < shown; i++) {
		size_t w = lr_text_width(d->scopes[i].path);

		width = w > width ? w : width;
	}
	width = width < WIDEST_PATH ? width : WIDEST_PATH;
	if (t->width < width + 3 * (FIGURE_WIDTH + 2))
		width = t->width > 3 * (FIGURE_WIDTH + 2) + 8 ? t->width - 3 * (FIGURE_WIDTH + 2)
							      : 8;
	lr_text_cell(t, LR_DIM, "scope", width, false);
	lr_text_cell(t, LR_DIM, "old", FIGURE_WIDTH + 2, true);
	lr_text_cell(t, LR_DIM, "new", FIGURE_WIDTH + 2, true);
	lr_text_cell(t, LR_DIM, "change", FIGURE_WIDTH + 2, true);
	lr_text_newline(t);
	for (i = 0; i < shown; i++) {
		const struct lr_diff_scope *s = &d->scopes[i];

		lr_text_cell(t, LR_CYAN, lr_text_tail(t, s->path, width), width, false);
		lr_text_cell(t, LR_PLAIN, lr_size(before, s->before.bytes), FIGURE_WIDTH + 2, true);
		lr_text_cell(t, LR_PLAIN, lr_size(after, s->after.bytes), FIGURE_WIDTH + 2, true);
		lr_text_cell(t, LR_BOLD, signed_size(d, s->before.bytes, s->after.bytes),
			     FIGURE_WIDTH + 2, true);
		lr_text_newline(t);
	}
	if (shown < d->scope_count) {
		lr_text_style(
			t, LR_DIM,
			lr_arena_printf(d->arena, "… and %zu more scopes", d->scope_count - shown),
			0);
		lr_text_newline(t);
	}
	lr_text_newline(t);
}

static void totals(struct lr_text *t, const struct lr_diff *d)
{
	char size[LR_UNIT_SIZE], to_size[LR_UNIT_SIZE], count[LR_UNIT_SIZE], to_count[LR_UNIT_SIZE];
	const struct lr_snapshot *a = d->before.snapshot, *b = d->after.snapshot;
	unsigned i;

	if (d->span && a && b) {
		lr_text_cell(t, LR_DIM, "live", 9, false);
		lr_text_wrap(t, LR_PLAIN,
			     lr_arena_printf(d->arena, "%s at %s, %s at %s (%s)",
					     lr_size(size, a->live_bytes), a->label,
					     lr_size(to_size, b->live_bytes), b->label,
					     signed_size(d, a->live_bytes, b->live_bytes)),
			     9);
	}
	for (i = 0; i < LS_MEM_COUNT && !d->span; i++) {
		const struct lr_total *x = &d->before.view->model->totals[i];
		const struct lr_total *y = &d->after.view->model->totals[i];

		if (i != LS_MEM_HOST && !x->allocations && !y->allocations)
			continue;
		lr_text_cell(t, LR_DIM, lr_memory_name(i), 9, false);
		if (i == LS_MEM_HANDLE) {
			lr_text_wrap(
				t, LR_PLAIN,
				lr_arena_printf(d->arena, "made %s to %s (%s); live %s (%s)",
						lr_count(count, x->allocations),
						lr_count(to_count, y->allocations),
						signed_count(d, x->allocations, y->allocations),
						lr_count(size, y->live_blocks),
						signed_count(d, x->live_blocks, y->live_blocks)),
				9);
			continue;
		}
		lr_text_wrap(
			t, LR_PLAIN,
			lr_arena_printf(
				d->arena, "allocations %s to %s (%s); live %s (%s), peak %s (%s)",
				lr_count(count, x->allocations), lr_count(to_count, y->allocations),
				signed_count(d, x->allocations, y->allocations),
				lr_size(size, y->live_bytes),
				signed_size(d, x->live_bytes, y->live_bytes),
				lr_size(to_size, y->peak_bytes),
				signed_size(d, x->peak_bytes, y->peak_bytes)),
			9);
	}
}

static void note(struct lr_text *t, bool *first, enum lr_style style, const char *text)
{
	lr_text_cell(t, LR_DIM, *first ? "notes" : "", 9, false);
	lr_text_wrap(t, style, text, 9);
	*first = false;
}

static void notes_of(struct lr_text *t, const struct lr_diff *d, const struct lr_diff_side *side,
		     bool *first)
{
	static const enum lr_style styles[] = {LR_PLAIN, LR_PLAIN, LR_YELLOW, LR_RED};
	const struct lr_model *m = side->view->model;
	size_t i;

	for (i = 0; i < m->note_count; i++)
		note(t, first, styles[m->notes[i].level & 3],
		     lr_arena_printf(d->arena, "%s: %s", side->recording, m->notes[i].text));
}

int lr_diff_text(FILE *out, const struct lr_diff *d)
{
	const struct lr_view *view = d->after.view;
	char cwd[PATH_MAX];
	struct lr_text text = {
		.out = out,
		.view = view,
		.width = view->width > 0 ? (size_t)view->width : FILE_WIDTH,
		.limit = view->width > 0 ? (size_t)view->width : 0,
		.cwd = getcwd(cwd, sizeof cwd) ? cwd : "",
	};
	struct lr_text *t = &text;
	bool first = true;
	size_t i;

	header(t, d);
	verdict(t, d);
	lr_text_newline(t);
	for (i = 0; i < d->site_count; i++) {
		t->view = d->sites[i].only_old ? d->before.view : view;
		site(t, d, &d->sites[i], i + 1);
	}
	t->view = view;
	if (d->hidden_count) {
		lr_text_style(t, LR_DIM,
			      lr_arena_printf(d->arena, "… and %zu more %s (--top shows more)",
					      d->hidden_count,
					      lr_plural(d->hidden_count, "change", "changes")),
			      0);
		lr_text_newline(t);
		lr_text_newline(t);
	}
	scopes(t, d);
	totals(t, d);
	if (d->kinds_merged)
		note(t, &first, LR_PLAIN,
		     "only one of the two had a leak scan: kinds are not told apart");
	if (!d->span)
		notes_of(t, d, &d->before, &first);
	notes_of(t, d, &d->after, &first);
	return lr_out_status(out);
}
