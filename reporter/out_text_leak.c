/* SPDX-License-Identifier: MIT */
/* One leak in the text report: what it is, where it belongs, how it came about. */
#include <inttypes.h>
#include <string.h>

#include "arena.h"
#include "fingerprint.h"
#include "names.h"
#include "out_text_internal.h"
#include "term.h"
#include "units.h"

#define MOST_FRAMES 24 /* shown of one leak unless --verbose */
#define LAST_FRAMES 4  /* of them from the outer end */
#define MOST_THREADS 4
#define LEAST_PACE 10 /* scopes that make a coincidence unlikely */
#define WIDEST_FUNCTION 44
#define MOST_SOURCE 160 /* columns of a source line where nothing else cuts it */
#define SOURCE_GAP 3
#define NUMBER_WIDTH 2
#define PIECE_INDENT 4
#define FRAME_INDENT 6

static const char *kind_label(const struct lr_leak *leak)
{
	if (leak->kind != LS_KIND_UNCLASSIFIED)
		return lr_kind_name(leak->kind);
	return leak->outlived ? "outlived" : "not freed";
}

/* "120 blocks of 4096 B", "7 blocks of 16 B to 1.2 MiB" */
static const char *blocks_label(struct lr_text *t, const struct lr_leak *leak)
{
	struct lr_arena *arena = t->view->model->arena;
	char count[LR_UNIT_SIZE], small[LR_UNIT_SIZE], large[LR_UNIT_SIZE];
	const char *noun = lr_text_noun(leak, leak->blocks);

	lr_count(count, leak->blocks);
	if (leak->smallest < 10240)
		snprintf(small, sizeof small, "%" PRIu64 " B", leak->smallest);
	else
		lr_size(small, leak->smallest);
	if (leak->largest < 10240)
		snprintf(large, sizeof large, "%" PRIu64 " B", leak->largest);
	else
		lr_size(large, leak->largest);
	if (leak->blocks == 1 || leak->memory == LS_MEM_HANDLE)
		return lr_arena_printf(arena, "%s %s", count, noun);
	if (leak->smallest == leak->largest)
		return lr_arena_printf(arena, "%s %s of %s", count, noun, small);
	return lr_arena_printf(arena, "%s %s of %s to %s", count, noun, small, large);
}

static const char *threads_label(struct lr_text *t, const struct lr_leak *leak)
{
	struct lr_arena *arena = t->view->model->arena;
	size_t shown = leak->thread_count > MOST_THREADS ? MOST_THREADS : leak->thread_count, i;
	const char *text;

	text = lr_arena_printf(arena, "%s %s", lr_plural(leak->thread_count, "thread", "threads"),
			       leak->threads[0]);
	for (i = 1; i < shown; i++)
		text = lr_arena_printf(arena, "%s, %s", text, leak->threads[i]);
	if (shown < leak->thread_count)
		text = lr_arena_printf(arena, "%s and %zu more", text, leak->thread_count - shown);
	return text;
}

static void head(struct lr_text *t, const struct lr_leak *leak, size_t number)
{
	struct lr_arena *arena = t->view->model->arena;
	uint64_t all = t->view->summary.leaked_bytes;
	char size[LR_UNIT_SIZE];
	const char *label;
	double share;

	label = lr_arena_printf(arena, "%*zu", NUMBER_WIDTH, number);
	lr_text_style(t, LR_DIM, label, 0);
	lr_text_indent(t, 2);
	lr_text_cell(t, LR_YELLOW, kind_label(leak), 9, false);
	if (t->view->retained)
		lr_text_piece(t, LR_BOLD,
			      lr_arena_printf(arena, "retains %s",
					      lr_text_amount(t, leak, &leak->retained)),
			      PIECE_INDENT);
	label = lr_arena_printf(arena, "%s%s%s", t->view->retained ? "own " : "",
				leak->estimated ? "~" : "", lr_size(size, leak->bytes));
	if (leak->memory != LS_MEM_HANDLE)
		lr_text_piece(t, t->view->retained ? LR_PLAIN : LR_BOLD, label, PIECE_INDENT);
	share = all ? 100.0 * (double)leak->bytes / (double)all : 0;
	if (share >= 0.05 && leak->bytes < all && !t->view->retained)
		lr_text_piece(t, LR_PLAIN,
			      lr_arena_printf(arena, share < 1 ? "%.1f %%" : "%.0f %%", share),
			      PIECE_INDENT);
	lr_text_piece(t, leak->memory == LS_MEM_HANDLE ? LR_BOLD : LR_PLAIN, blocks_label(t, leak),
		      PIECE_INDENT);
	if (leak->memory > LS_MEM_DEVICE && leak->memory != LS_MEM_HANDLE)
		lr_text_piece(t, LR_PLAIN,
			      lr_arena_printf(arena, "%s memory", lr_memory_name(leak->memory)),
			      PIECE_INDENT);
	if (strcmp(leak->scope, "/") != 0)
		lr_text_piece(t, LR_CYAN, lr_arena_printf(arena, "scope %s", leak->scope),
			      PIECE_INDENT);
	if (leak->gpu)
		lr_text_gpu_pieces(t, leak);
	if (leak->thread_count)
		lr_text_piece(t, LR_PLAIN, threads_label(t, leak), PIECE_INDENT);
	lr_text_newline(t);
}

/*
 * The scope opened most often within the leak's own, if the blocks are as many, or a
 * multiple: a leak that grows with each, though its own scope stays open.
 */
static const struct lr_scope *pacemaker(const struct lr_model *m, const struct lr_leak *leak)
{
	const struct lr_scope *best = NULL;
	size_t i;

	for (i = 1; i < m->scope_count; i++) {
		const struct lr_scope *s = &m->scopes[i];

		if (strcmp(s->parent, leak->scope) == 0 && s->instances >= LEAST_PACE &&
		    leak->blocks % s->instances == 0 && (!best || s->instances > best->instances))
			best = s;
	}
	return best;
}

/* "1 block for each of the 100 `mean` scopes opened in it: +80 B per mean" */
static void pace_sentence(struct lr_text *t, const struct lr_leak *leak)
{
	struct lr_arena *arena = t->view->model->arena;
	const struct lr_scope *s = pacemaker(t->view->model, leak);
	char size[LR_UNIT_SIZE], count[LR_UNIT_SIZE], each[LR_UNIT_SIZE];
	const char *text;

	if (!s)
		return;
	text = lr_arena_printf(arena, "%s %s for each of the %s `%s` scopes opened in it",
			       lr_count(each, leak->blocks / s->instances),
			       lr_text_noun(leak, leak->blocks / s->instances),
			       lr_count(count, s->instances), s->name);
	if (leak->memory != LS_MEM_HANDLE)
		text = lr_arena_printf(arena, "%s: +%s per %s", text,
				       lr_size(size, leak->bytes / s->instances), s->name);
	lr_text_indent(t, PIECE_INDENT);
	lr_text_wrap(t, LR_PLAIN, text, PIECE_INDENT);
}

/* "every one of 120 `batch` scopes left one block behind: +4.0 KiB per batch" */
static void scope_sentence(struct lr_text *t, const struct lr_leak *leak)
{
	struct lr_arena *arena = t->view->model->arena;
	uint64_t instances = leak->scope_instances, each;
	const char *name = strrchr(leak->scope, '/') + 1, *left, *who;
	char size[LR_UNIT_SIZE], count[LR_UNIT_SIZE], of[LR_UNIT_SIZE];

	if (!instances || leak->scope_closes < 2) {
		pace_sentence(t, leak);
		return;
	}
	lr_count(count, instances);
	lr_count(of, leak->scope_closes);
	if (instances >= leak->scope_closes)
		who = lr_arena_printf(arena, "every one of %s `%s` scopes", count, name);
	else
		who = lr_arena_printf(arena, "%s of %s `%s` scopes", count, of, name);
	if (leak->blocks % instances == 0) {
		each = leak->blocks / instances;
		left = each == 1 ? lr_arena_printf(arena, "one %s", lr_text_noun(leak, 1))
				 : lr_arena_printf(arena, "%" PRIu64 " %s", each,
						   lr_text_noun(leak, each));
	} else {
		left = lr_text_noun(leak, leak->blocks);
	}
	lr_size(size, leak->bytes / instances);
	if (instances >= leak->scope_closes && leak->memory != LS_MEM_HANDLE)
		who = lr_arena_printf(arena, "%s left %s behind: +%s per %s", who, left, size,
				      name);
	else
		who = lr_arena_printf(arena, "%s left %s behind", who, left);
	lr_text_indent(t, PIECE_INDENT);
	lr_text_wrap(t, LR_PLAIN, who, PIECE_INDENT);
}

/* Frames of every program: how libc starts it and its threads. */
static bool is_startup(const struct lr_frame *frame)
{
	const char *module = lr_basename(frame->module);

	if (frame->user)
		return false;
	return (frame->function && strcmp(frame->function, "_start") == 0) ||
	       strncmp(module, "libc.so", 7) == 0 || strncmp(module, "libc-", 5) == 0 ||
	       strncmp(module, "ld-linux", 8) == 0 || strncmp(module, "libpthread", 10) == 0;
}

/* How many frames there are to show: what lies outside main is the same everywhere. */
static size_t shown_frames(const struct lr_text *t, const struct lr_leak *leak)
{
	size_t n = leak->frame_count;

	if (t->view->verbose)
		return n;
	while (n && is_startup(&leak->frames[n - 1]))
		n--;
	return n && leak->frames[n - 1].user ? n : leak->frame_count;
}

static const char *function_label(struct lr_text *t, const struct lr_frame *frame)
{
	struct lr_arena *arena = t->view->model->arena;

	if (frame->function)
		return frame->function;
	if (frame->module && !frame->offset) /* a whole module: --group module */
		return lr_basename(frame->module);
	if (frame->module)
		return lr_arena_printf(arena, "%s+0x%" PRIx64, lr_basename(frame->module),
				       frame->offset);
	return lr_arena_printf(arena, "0x%" PRIx64, frame->offset);
}

static const char *place_label(struct lr_text *t, const struct lr_frame *frame)
{
	struct lr_arena *arena = t->view->model->arena;

	if (frame->call)
		return "";
	if (frame->user && frame->file && frame->line)
		return lr_arena_printf(arena, "%s:%u", lr_text_file(t, frame->file), frame->line);
	if (frame->user && frame->file)
		return lr_text_file(t, frame->file);
	if (frame->function && frame->module)
		return lr_basename(frame->module);
	return "";
}

/* The columns of a leak's frames. */
struct columns {
	size_t function, place;
};

/* Wide enough for most, and where there is a limit, within it: half for places, if they need it. */
static struct columns frame_columns(struct lr_text *t, const struct lr_leak *leak, size_t count,
				    size_t from, size_t to)
{
	size_t room = t->limit > FRAME_INDENT + 2 ? t->limit - FRAME_INDENT - 2 : 0, width, i;
	struct columns c = {0, 0};

	for (i = 0; i < count; i++) {
		if ((i >= from && i < to) || leak->frames[i].call || lr_text_is_folded(t, leak, i))
			continue;
		width = lr_text_width(function_label(t, &leak->frames[i]));
		if (width > c.function && width <= WIDEST_FUNCTION)
			c.function = width;
		width = lr_text_width(place_label(t, &leak->frames[i]));
		if (width > c.place && (t->limit || width <= WIDEST_FUNCTION))
			c.place = width;
	}
	if (room && c.function + c.place > room) {
		if (c.place > room / 2)
			c.place = c.function < room / 2 ? room - c.function : room / 2;
		c.function = room - c.place;
	}
	return c;
}

static void put_source(struct lr_text *t, const struct lr_frame *frame, const char *place,
		       const struct columns *c)
{
	size_t used = lr_text_width(place), pad = used < c->place ? c->place - used : 0;
	const char *source;

	if (!t->view->symbols || !frame->file || !frame->line)
		return;
	source = lr_symbols_source_line(t->view->symbols, frame->file, frame->line);
	if (!source || !*source || (t->limit && t->column + pad + SOURCE_GAP + 12 > t->limit))
		return;
	lr_text_indent(t, pad + SOURCE_GAP);
	lr_text_style(t, LR_GREEN, source, t->limit ? t->limit - t->column : MOST_SOURCE);
}

static void put_frame(struct lr_text *t, const struct lr_frame *frame, const struct columns *c,
		      bool with_source)
{
	enum lr_style style = frame->user ? LR_BOLD : LR_DIM;
	const char *function = function_label(t, frame), *place = place_label(t, frame);
	size_t room = t->limit > FRAME_INDENT ? t->limit - FRAME_INDENT : 0;

	if (t->limit)
		place = lr_text_tail(t, place, c->place);
	if (room && *place)
		room -= lr_text_width(place) + 2;
	lr_text_indent(t, FRAME_INDENT);
	if (*place && lr_text_width(function) <= c->function)
		lr_text_cell(t, style, function, c->function, false);
	else
		lr_text_style(t, style, function, room);
	if (*place) {
		lr_text_indent(t, 2);
		lr_text_style(t, frame->user ? LR_PLAIN : LR_DIM, place, 0);
	}
	if (*place && with_source)
		put_source(t, frame, place, c);
	lr_text_newline(t);
}

/* The compiler split a library's function in two, and inlined one half: it is one to the reader. */
static bool is_other_half(const struct lr_leak *leak, size_t i)
{
	const struct lr_frame *a = i ? &leak->frames[i - 1] : NULL, *b = &leak->frames[i];

	return a && !a->user && !b->user && b->inlined != a->inlined && a->function &&
	       b->function && strcmp(a->function, b->function) == 0;
}

void lr_text_frames(struct lr_text *t, const struct lr_leak *leak)
{
	size_t count = shown_frames(t, leak), from = count, to = count, i;
	struct columns columns;
	bool source = true;

	if (!t->view->verbose && count > MOST_FRAMES) {
		from = MOST_FRAMES - LAST_FRAMES;
		to = count - LAST_FRAMES;
	}
	columns = frame_columns(t, leak, count, from, to);
	for (i = 0; i < count; i++) {
		const struct lr_frame *frame = &leak->frames[i];

		if (i == from && from < to) {
			lr_text_indent(t, FRAME_INDENT);
			lr_text_style(t, LR_DIM,
				      lr_arena_printf(t->view->model->arena,
						      "… %zu more frames (--verbose)", to - from),
				      0);
			lr_text_newline(t);
			i = to - 1;
			continue;
		}
		if (is_other_half(leak, i) || lr_text_is_folded(t, leak, i))
			continue;
		put_frame(t, frame, &columns, source && frame->user);
		if (frame->user && frame->line)
			source = false;
	}
	if (count && leak->cut) {
		lr_text_indent(t, FRAME_INDENT);
		lr_text_style(t, LR_DIM, "… deeper frames were not recorded", 0);
		lr_text_newline(t);
	}
}

void lr_text_leak(struct lr_text *t, const struct lr_leak *leak, size_t number)
{
	head(t, leak, number);
	scope_sentence(t, leak);
	lr_text_held(t, leak);
	lr_text_frames(t, leak);
	lr_text_newline(t);
}
