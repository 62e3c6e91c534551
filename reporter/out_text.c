/* SPDX-License-Identifier: MIT */
/*
 * The text report: the verdict first, then leaks, scopes, totals and notes.  Made
 * to be read in a terminal; without one nothing is coloured or cut.
 */
#include <ctype.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "arena.h"
#include "fingerprint.h"
#include "gpu.h"
#include "names.h"
#include "out_text_internal.h"
#include "select.h"
#include "term.h"
#include "units.h"

#define FILE_WIDTH 100 /* to wrap at where there is no terminal */
#define MOST_RULES 4
#define VERDICT_INDENT 8

void lr_text_style(struct lr_text *t, enum lr_style style, const char *text, size_t width)
{
	static const char *const codes[] = {
		[LR_BOLD] = "1",   [LR_DIM] = "2",     [LR_RED] = "1;31",
		[LR_GREEN] = "32", [LR_YELLOW] = "33", [LR_CYAN] = "36",
	};

	if (t->view->color && style != LR_PLAIN)
		fprintf(t->out, "\033[%sm", codes[style]);
	t->column += lr_text_put(t->out, text, width);
	if (t->view->color && style != LR_PLAIN)
		fputs("\033[0m", t->out);
}

void lr_text_indent(struct lr_text *t, size_t columns)
{
	fprintf(t->out, "%*s", (int)columns, "");
	t->column += columns;
}

void lr_text_cell(struct lr_text *t, enum lr_style style, const char *text, size_t width,
		  bool right)
{
	size_t used = lr_text_width(text), pad = used < width ? width - used : 0;

	if (right)
		lr_text_indent(t, pad);
	lr_text_style(t, style, text, 0);
	if (!right)
		lr_text_indent(t, pad);
}

void lr_text_newline(struct lr_text *t)
{
	fputc('\n', t->out);
	t->column = 0;
}

void lr_text_piece(struct lr_text *t, enum lr_style style, const char *text, size_t indent)
{
	size_t room = t->limit > indent ? t->limit - indent : 0;

	if (t->column > indent && t->column + 3 + lr_text_width(text) > t->width) {
		lr_text_newline(t);
		lr_text_indent(t, indent);
	} else if (t->column) {
		lr_text_indent(t, 3);
		room = room > 3 ? room - 3 : room;
	}
	lr_text_style(t, style, text, room);
}

/* Length of the first word of TEXT; a number keeps its unit and its groups of digits. */
static size_t word_length(const char *text)
{
	static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "ms", "s", "%"};
	size_t length = strcspn(text, " "), next, i;

	while (text[length] && length && isdigit((unsigned char)text[length - 1])) {
		const char *word = text + length + 1;

		next = strcspn(word, " ,;.)");
		for (i = 0; i < sizeof units / sizeof *units; i++) {
			if (strlen(units[i]) == next && strncmp(word, units[i], next) == 0)
				return length + 1 + strcspn(word, " ");
		}
		if (next != 3 || strspn(word, "0123456789") < 3)
			break;
		length += 1 + strcspn(word, " ");
	}
	return length;
}

void lr_text_wrap(struct lr_text *t, enum lr_style style, const char *text, size_t indent)
{
	struct lr_arena *arena = t->view->model->arena;
	size_t length, width;
	bool first = true;
	const char *word;

	while (*text) {
		length = word_length(text);
		word = lr_arena_bytes(arena, text, length);
		width = lr_text_width(word);
		if (!first && t->column + 1 + width > t->width) {
			lr_text_newline(t);
			lr_text_indent(t, indent);
		} else if (!first) {
			lr_text_indent(t, 1);
		}
		lr_text_style(t, style, word, 0);
		first = false;
		text += length;
		text += *text == ' ';
	}
	lr_text_newline(t);
}

const char *lr_text_tail(struct lr_text *t, const char *path, size_t width)
{
	size_t over = lr_text_width(path);

	if (over <= width)
		return path;
	for (over -= width - 1; over > 0; over--) {
		path++;
		while ((*path & 0xc0) == 0x80)
			path++;
	}
	return lr_arena_printf(t->view->model->arena, "…%s", path);
}

const char *lr_text_file(const struct lr_text *t, const char *file)
{
	size_t length = strlen(t->cwd);

	if (length > 1 && strncmp(file, t->cwd, length) == 0 && file[length] == '/')
		return file + length + 1;
	return file;
}

static const char *command_line(const struct lr_model *m)
{
	const char *text = lr_basename(m->cmdline_count ? m->cmdline[0] : m->exe);
	size_t i;

	if (!*text)
		text = lr_basename(m->exe);
	for (i = 1; i < m->cmdline_count && strlen(text) < 400; i++)
		text = lr_arena_printf(m->arena, "%s %s", text, m->cmdline[i]);
	return text;
}

static const char *how_it_ended(const struct lr_model *m)
{
	const char *name;

	if (strcmp(m->state, "exited") == 0)
		return lr_arena_printf(m->arena, "exited %d", m->exit_code);
	if (strcmp(m->state, "signalled") == 0) {
		name = sigabbrev_np(m->signal);
		return lr_arena_printf(m->arena, "ended by signal %d%s%s", m->signal,
				       name ? " SIG" : "", name ? name : "");
	}
	if (strcmp(m->state, "exec") == 0)
		return "became another program (exec)";
	if (strcmp(m->state, "running") == 0)
		return "still running";
	return "gone, nobody saw how";
}

static void header(struct lr_text *t)
{
	const struct lr_model *m = t->view->model;
	char seconds[LR_UNIT_SIZE];
	const char *command = command_line(m);

	lr_text_style(t, LR_DIM, "leakscope " LEAKSCOPE_VERSION, 0);
	/* the JSON report has the whole of it */
	lr_text_indent(t, 3);
	lr_text_style(t, LR_BOLD, command, t->width / 2);
	lr_text_piece(t, LR_PLAIN, lr_arena_printf(m->arena, "pid %" PRIu32, m->pid), 4);
	if (m->forked)
		lr_text_piece(t, LR_PLAIN,
			      lr_arena_printf(m->arena, "forked from %" PRIu32, m->ppid), 4);
	lr_text_piece(t, LR_PLAIN, lr_seconds(seconds, m->duration_s), 4);
	lr_text_piece(t, LR_PLAIN, how_it_ended(m), 4);
	lr_text_newline(t);
}

/* What the selected leaks come to, those cut by --top included. */
struct sums {
	struct lr_amount host, gpu, pinned;
	uint64_t handles;
	enum ls_resource_type handle_type; /* of all of them; LS_RES_NONE = several */
	struct lr_amount held;             /* selected, but reachable and with its scope: no leak */
};

static void add_handles(struct sums *sums, const struct lr_leak *leak)
{
	enum ls_resource_type type = leak->gpu ? leak->gpu->call : LS_RES_NONE;

	if (!sums->handles)
		sums->handle_type = type;
	else if (sums->handle_type != type)
		sums->handle_type = LS_RES_NONE;
	sums->handles += leak->blocks;
}

static struct sums sum_up(const struct lr_view *view)
{
	const struct lr_model *m = view->model;
	struct sums sums = {0};
	size_t i;

	for (i = 0; i < m->leak_count; i++) {
		const struct lr_leak *leak = &m->leaks[i];
		bool held = leak->kind == LS_KIND_REACHABLE && !leak->outlived;
		struct lr_amount *sum = held                                ? &sums.held
					: leak->memory == LS_MEM_HOST       ? &sums.host
					: lr_gpu_is_on_device(leak->memory) ? &sums.gpu
									    : &sums.pinned;

		if (leak->suppressed_by || !lr_selection_has(view->selection, m, leak))
			continue;
		if (leak->memory == LS_MEM_HANDLE) {
			add_handles(&sums, leak);
			continue;
		}
		sum->bytes += leak->bytes;
		sum->blocks += leak->blocks;
	}
	return sums;
}

/* "; 12 blocks still reachable": live blocks that are no cause for alarm, or "". */
static const char *held_label(const struct lr_view *view)
{
	const struct lr_amount *possible = &view->summary.by_kind[LS_KIND_POSSIBLE];
	const struct lr_amount *reachable = &view->summary.by_kind[LS_KIND_REACHABLE];
	struct lr_arena *arena = view->model->arena;
	char count[LR_UNIT_SIZE];
	const char *text = "";

	if (possible->blocks && !(view->selection->kinds & 1u << LS_KIND_POSSIBLE))
		text = lr_arena_printf(arena, "; %s %s possibly lost",
				       lr_count(count, possible->blocks),
				       lr_plural(possible->blocks, "block", "blocks"));
	if (reachable->blocks)
		text = lr_arena_printf(arena, "%s; %s %s still reachable", text,
				       lr_count(count, reachable->blocks),
				       lr_plural(reachable->blocks, "block", "blocks"));
	return text;
}

/* Whether the options leave out blocks that are neither held nor perhaps so. */
static bool has_others(const struct lr_view *view)
{
	size_t i;

	for (i = 0; i < view->model->leak_count; i++) {
		const struct lr_leak *leak = &view->model->leaks[i];

		if (!leak->suppressed_by && leak->kind != LS_KIND_POSSIBLE &&
		    (leak->kind != LS_KIND_REACHABLE || leak->outlived))
			return true;
	}
	return false;
}

static void verdict_clean(struct lr_text *t)
{
	const struct lr_model *m = t->view->model;
	const struct lr_summary *s = &t->view->summary;
	uint64_t live = 0, suppressed = s->suppressed.blocks - s->suppressed_handles;
	const char *text;
	unsigned i;

	for (i = 0; i < LS_MEM_COUNT; i++)
		live += m->totals[i].live_blocks;
	if (strcmp(m->state, "exec") == 0) {
		lr_text_style(t, LR_GREEN, "no leaks counted: ", 0);
		lr_text_wrap(t, LR_PLAIN,
			     "the program replaced itself (exec), and its memory went "
			     "with it",
			     VERDICT_INDENT);
		return;
	}
	for (i = 0; i < m->note_count; i++) {
		if (m->notes[i].level < LS_NOTE_ERROR)
			continue;
		/* it saw nothing, or not all: never let that look clean */
		lr_text_style(t, LR_RED, "leaks are not known: ", 0);
		lr_text_wrap(t, LR_PLAIN, m->notes[i].text, VERDICT_INDENT);
		return;
	}
	lr_text_style(t, LR_GREEN,
		      strcmp(m->state, "running") == 0 ? "no leaks so far" : "no leaks", 0);
	if (suppressed) /* handles that every program leaves would make it a habit */
		text = lr_arena_printf(m->arena, " but %" PRIu64 " suppressed %s%s", suppressed,
				       lr_plural(suppressed, "block", "blocks"),
				       held_label(t->view));
	else if (has_others(t->view))
		text = lr_arena_printf(m->arena, " of the kinds asked for; %" PRIu64 " %s live",
				       live, lr_plural(live, "block is", "blocks are"));
	else
		text = held_label(t->view);
	if (m->overhead.gpu_untracked)
		text = lr_arena_printf(m->arena, "%s; not everything on the GPU could be tracked",
				       text);
	lr_text_wrap(t, LR_PLAIN, text, VERDICT_INDENT);
}

/* Not about leaks: what there is, to see who holds it. */
static void verdict_retained(struct lr_text *t, const struct sums *sums)
{
	struct lr_amount all = {sums->host.bytes + sums->held.bytes + sums->gpu.bytes +
					sums->pinned.bytes,
				sums->host.blocks + sums->held.blocks + sums->gpu.blocks +
					sums->pinned.blocks + sums->handles};

	lr_text_style(t, LR_BOLD, "LIVE", 0);
	lr_text_indent(t, 2);
	lr_text_wrap(t, LR_BOLD,
		     lr_arena_printf(t->view->model->arena, "%s, by what keeps it alive",
				     lr_text_amount(t, NULL, &all)),
		     VERDICT_INDENT);
}

/* TEXT, "plus 8.0 MiB on the GPU in 2 buffers, plus 3 streams" */
static const char *add_gpu_sums(struct lr_text *t, const char *text, const struct sums *sums)
{
	struct lr_arena *arena = t->view->model->arena;
	const struct {
		const struct lr_amount *amount;
		const char *where;
	} parts[] = {{&sums->gpu, "on the GPU"}, {&sums->pinned, "of pinned host memory"}};
	char size[LR_UNIT_SIZE], count[LR_UNIT_SIZE];
	size_t i;

	for (i = 0; i < sizeof parts / sizeof *parts; i++) {
		const struct lr_amount *amount = parts[i].amount;

		if (amount->blocks)
			text = lr_arena_printf(arena, "%s%s%s %s in %s %s", text,
					       *text ? ", plus " : "", lr_size(size, amount->bytes),
					       parts[i].where, lr_count(count, amount->blocks),
					       lr_plural(amount->blocks, "buffer", "buffers"));
	}
	if (sums->handles)
		text = lr_arena_printf(
			arena, "%s%s%s %s", text, *text ? ", plus " : "",
			lr_count(count, sums->handles),
			sums->handle_type
				? lr_gpu_noun(LS_MEM_HANDLE, sums->handle_type, sums->handles)
				: lr_plural(sums->handles, "GPU handle", "GPU handles"));
	return text;
}

static void verdict(struct lr_text *t)
{
	const struct lr_model *m = t->view->model;
	struct sums sums = sum_up(t->view);
	const char *text = "";

	if (t->view->retained) {
		verdict_retained(t, &sums);
		return;
	}
	if (!sums.host.blocks && !sums.gpu.blocks && !sums.pinned.blocks && !sums.handles) {
		verdict_clean(t);
		return;
	}
	if (sums.host.blocks)
		text = lr_arena_printf(m->arena, "%s%s", m->estimated ? "about " : "",
				       lr_text_amount(t, NULL, &sums.host));
	text = add_gpu_sums(t, text, &sums);
	if (sums.held.blocks)
		text = lr_arena_printf(m->arena, "%s; %s still reachable", text,
				       lr_text_amount(t, NULL, &sums.held));
	if (strcmp(m->state, "running") == 0) {
		lr_text_style(t, LR_RED, "NOT FREED SO FAR", 0);
	} else {
		lr_text_style(t, LR_RED, "LEAKED", 0);
		if (strcmp(m->state, "exited") != 0)
			text = lr_arena_printf(m->arena, "%s, live when the process ended", text);
	}
	lr_text_indent(t, 2);
	lr_text_wrap(t, LR_BOLD, text, VERDICT_INDENT);
}

static void note(struct lr_text *t, bool *first, enum lr_style style, const char *text)
{
	lr_text_cell(t, LR_DIM, *first ? "notes" : "", 9, false);
	lr_text_wrap(t, style, text, 9);
	*first = false;
}

/* "scan 0.12 s, pause 3.1 ms" */
static void scan_note(struct lr_text *t, bool *first)
{
	const struct lr_model *m = t->view->model;
	char scan[LR_UNIT_SIZE], pause[LR_UNIT_SIZE], count[LR_UNIT_SIZE];
	uint64_t unseen = m->overhead.scan_threads_unseen;
	const char *text;

	if (!m->overhead.scans)
		return;
	text = lr_arena_printf(m->arena, "scan %s", lr_seconds(scan, m->overhead.scan_s));
	if (m->overhead.scan_pause_s > 0) /* at the end of a single thread nobody waits */
		text = lr_arena_printf(m->arena, "%s, pause %s", text,
				       lr_seconds(pause, m->overhead.scan_pause_s));
	if (unseen)
		text = lr_arena_printf(m->arena, "%s, %s %s not stopped for it", text,
				       lr_count(count, unseen),
				       lr_plural(unseen, "thread was", "threads were"));
	note(t, first, LR_PLAIN, text);
}

static void suppressed_note(struct lr_text *t, bool *first)
{
	const struct lr_model *m = t->view->model;
	const char *rules[MOST_RULES], *text;
	uint64_t blocks = 0, handles = 0;
	size_t count = 0, i, k;

	for (i = 0; i < m->leak_count; i++) {
		const char *rule = m->leaks[i].suppressed_by;

		if (!rule || !lr_selection_has(t->view->selection, m, &m->leaks[i]))
			continue;
		*(m->leaks[i].memory == LS_MEM_HANDLE ? &handles : &blocks) += m->leaks[i].blocks;
		for (k = 0; k < count && strcmp(rules[k], rule) != 0;)
			k++;
		if (k == count && count < MOST_RULES)
			rules[count++] = rule;
	}
	if (!blocks && !handles)
		return;
	text = "suppressed";
	if (blocks)
		text = lr_arena_printf(m->arena, "%s %" PRIu64 " %s", text, blocks,
				       lr_plural(blocks, "block", "blocks"));
	if (handles)
		text = lr_arena_printf(m->arena, "%s%s %" PRIu64 " %s", text, blocks ? " and" : "",
				       handles, lr_plural(handles, "handle", "handles"));
	text = lr_arena_printf(m->arena, "%s (", text);
	for (k = 0; k < count; k++)
		text = lr_arena_printf(m->arena, "%s%s%s", text, k ? ", " : "", rules[k]);
	note(t, first, LR_PLAIN,
	     lr_arena_printf(m->arena, "%s%s)", text, count == MOST_RULES ? ", …" : ""));
}

static void unused_rules(struct lr_text *t, bool *first)
{
	const struct lr_suppressions *s = t->view->suppressions;
	size_t i;

	if (!s || !t->view->verbose)
		return;
	for (i = 0; i < lr_suppressions_count(s); i++) {
		struct lr_suppression_use use = lr_suppressions_use(s, i);

		if (!use.leaks && strcmp(use.origin, "built-in") != 0)
			note(t, first, LR_PLAIN,
			     lr_arena_printf(t->view->model->arena,
					     "suppression '%s' (%s) matched nothing", use.rule,
					     use.origin));
	}
}

static void notes(struct lr_text *t)
{
	static const enum lr_style styles[] = {LR_PLAIN, LR_PLAIN, LR_YELLOW, LR_RED};
	const struct lr_model *m = t->view->model;
	char own[LR_UNIT_SIZE], file[LR_UNIT_SIZE];
	bool first = true;
	size_t i;

	scan_note(t, &first);
	for (i = 0; i < m->note_count; i++)
		note(t, &first, styles[m->notes[i].level & 3], m->notes[i].text);
	suppressed_note(t, &first);
	unused_rules(t, &first);
	if (t->view->verbose)
		note(t, &first, LR_PLAIN,
		     lr_arena_printf(m->arena,
				     "leakscope itself: %s of memory, %s of recording, %" PRIu64
				     " stacks",
				     lr_size(own, m->overhead.shim_bytes),
				     lr_size(file, m->overhead.recording_bytes),
				     m->overhead.distinct_stacks));
}

int lr_out_text(FILE *out, const struct lr_view *view)
{
	char cwd[PATH_MAX], size[LR_UNIT_SIZE];
	struct lr_text text = {
		.out = out,
		.view = view,
		.width = view->width > 0 ? (size_t)view->width : FILE_WIDTH,
		.limit = view->width > 0 ? (size_t)view->width : 0,
		.cwd = getcwd(cwd, sizeof cwd) ? cwd : "",
	};
	struct lr_text *t = &text;
	size_t i;

	header(t);
	verdict(t);
	lr_text_newline(t);
	for (i = 0; i < view->leak_count; i++)
		lr_text_leak(t, view->leaks[i], i + 1);
	if (view->hidden_count) {
		lr_text_style(
			t, LR_DIM,
			lr_arena_printf(
				view->model->arena,
				"… and %zu smaller %s: %s in %" PRIu64 " blocks (--top shows more)",
				view->hidden_count, lr_plural(view->hidden_count, "leak", "leaks"),
				lr_size(size, view->hidden.bytes), view->hidden.blocks),
			0);
		lr_text_newline(t);
		lr_text_newline(t);
	}
	lr_text_scopes(t);
	lr_text_totals(t);
	notes(t);
	return lr_out_status(out);
}
