/* SPDX-License-Identifier: MIT */
/*
 * The summary of `run`; see the header.  Recordings are opened one after the
 * other, so that memory doesn't grow with the tree, and symbols are looked up
 * only for processes that have something to tell.
 */
#include "launch_summary.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "build.h"
#include "select.h"
#include "term.h"
#include "units.h"

#define DETAILED 10 /* processes shown in full, besides the launched one */
#define ROOT_TOP 10 /* leaks shown of the launched program */
#define OTHER_TOP 3 /* and of each other process */

struct tally {
	size_t clean, leaking, shown, running;
	uint64_t bytes, blocks;
};

void launch_say_untracked(const char *name, const struct launch_program *program)
{
	fprintf(stderr, "leakscope: %s can't be tracked, because %s; remedy: %s\n", name,
		program->reason, program->remedy);
}

/* Is there a later image of the same pid than RECORDINGS[INDEX]? */
static bool was_replaced(const struct launch_summary *s, size_t index)
{
	const struct launch_recording *r = &s->recordings[index];

	if (r->state != LS_STATE_EXEC)
		return false;
	for (size_t i = 0; i < s->count; i++)
		if (s->recordings[i].pid == r->pid && s->recordings[i].exec_index > r->exec_index &&
		    s->recordings[i].started_ns >= r->started_ns)
			return true;
	return false;
}

/* The launched program left nothing, or not of its last image: never let that look clean. */
static void say_if_untracked(const struct launch_summary *s)
{
	const struct launch_recording *root = s->count ? &s->recordings[0] : NULL;
	const char *why;

	if (root && root->pid != (uint32_t)s->root)
		root = NULL;
	if (s->program->untracked && !root) {
		fprintf(stderr,
			"leakscope: %s was not tracked (%s): nothing is known about its "
			"leaks\n",
			s->name, s->program->reason);
		return;
	}
	if (root && root->state == LS_STATE_EXEC) {
		fprintf(stderr,
			"leakscope: %s replaced itself (exec) by a program that left no "
			"recording: that one was not tracked; run it directly to see why\n",
			s->name);
		return;
	}
	if (root)
		return;
	if (WIFSIGNALED(s->wait_status))
		why = "it was killed before it could start one, or its loader ignored LD_PRELOAD";
	else if (WEXITSTATUS(s->wait_status) == 127)
		why = "its loader probably failed: see the messages above";
	else
		why = "its loader ignored LD_PRELOAD, or no file could be written";
	fprintf(stderr,
		"leakscope: %s was not tracked, because it left no recording (%s): nothing "
		"is known about its leaks\n",
		s->name, why);
}

/* An old file of that name must not be taken for the report of this run. */
static void say_unwritten_reports(const struct launch_summary *s)
{
	for (size_t i = 0; i < s->report_count; i++)
		fprintf(stderr,
			"leakscope: --report %s%s%s: not written, because %s was not tracked\n",
			s->reports[i].format->name, s->reports[i].file ? ":" : "",
			s->reports[i].file ? s->reports[i].file : "", s->name);
}

/* Is stderr taken by a --report text? */
static bool text_is_reported(const struct launch_summary *s)
{
	for (size_t i = 0; i < s->report_count; i++)
		if (launch_report_is_stderr(&s->reports[i]))
			return true;
	return false;
}

/* What must be said even with --quiet: errors among the notes ("… can't be tracked"). */
static void say_error_notes(const struct lr_model *model, const char *name)
{
	for (size_t i = 0; i < model->note_count; i++) {
		if (model->notes[i].level < LS_NOTE_ERROR)
			continue;
		fprintf(stderr, "leakscope: %s (pid %u): ", name, model->pid);
		lr_text_put(stderr, model->notes[i].text, 0);
		fputc('\n', stderr);
	}
}

/* A view of MODEL with the gate's idea of leaks. */
static int make_view(const struct launch_summary *s, struct lr_input *input, size_t top,
		     const struct lr_selection *selection, struct lr_view *view,
		     struct lr_error *err)
{
	struct lr_view_options options = {
		.selection = selection,
		.suppressions = s->suppressions,
		.symbols = input->symbols,
		.top = top,
		.width = lr_term_width(stderr),
		.color = lr_term_color(stderr, LR_COLOR_AUTO),
	};

	return lr_view_make(view, input->model, &options, err);
}

static void write_reports(const struct launch_summary *s, struct lr_input *input,
			  const struct lr_selection *selection, const struct launch_recording *r,
			  bool is_root)
{
	for (size_t i = 0; i < s->report_count; i++) {
		const struct launch_report *report = &s->reports[i];
		struct lr_error err = {""};
		struct lr_view view;

		if (make_view(s, input, 0, selection, &view, &err)) {
			lr_error_print(&err);
			continue;
		}
		if (!launch_report_is_stderr(report)) {
			view.width = 0;
			view.color = false;
		}
		if (launch_report_write(report, &view, r, is_root, &err))
			lr_error_print(&err);
		lr_view_free(&view);
	}
}

/*
 * Quick look without symbols: can this process have leaked anything, and which
 * errors did the shim note?  Suppressions need names and are not asked.  1, 0,
 * or -1 if the recording can't be read.
 */
static int may_leak(const struct launch_summary *s, const struct launch_recording *r,
		    const struct lr_selection *selection, bool say_errors)
{
	struct lr_build_options options = {NULL, NULL};
	struct lr_recording *recording;
	struct lr_model *model;
	struct lr_error err = {""};
	int may = -1;

	if (lr_recording_open(r->path, &recording, &err)) {
		lr_error_print(&err);
		return -1;
	}
	if (lr_model_build(recording, r->path, &options, &model, &err)) {
		lr_error_print(&err);
	} else {
		may = 0;
		if (say_errors)
			say_error_notes(model, model->cmdline_count ? model->cmdline[0] : s->name);
		for (size_t i = 0; i < model->leak_count && !may; i++)
			may = lr_selection_has(selection, model, &model->leaks[i]);
		lr_model_free(model);
	}
	lr_recording_close(recording);
	return may;
}

/* One process of the tree. */
static void summarize_one(struct launch_summary *s, size_t index, struct tally *t)
{
	const struct launch_recording *r = &s->recordings[index];
	bool is_root = r->pid == (uint32_t)s->root;
	bool root_shown = is_root && !s->quiet;
	struct lr_symbols_options symbols = {.progress = isatty(STDERR_FILENO) && !s->quiet};
	struct lr_selection selection;
	struct lr_error err = {""};
	struct lr_input input;
	struct lr_view view;
	int leaks;

	lr_selection_default(&selection);
	leaks = may_leak(s, r, &selection, s->quiet);
	if (leaks < 0 || (s->quiet && !s->want_verdict && !s->report_count))
		return;
	if (!leaks && !s->report_count && !root_shown) {
		t->clean++;
		return;
	}
	/* Enough is known: no need for the names of the hundredth process. */
	if (s->quiet && !s->report_count && s->leaked)
		return;
	if (lr_input_open(&input, r->path, &symbols, NULL, &err)) {
		lr_error_print(&err);
		return;
	}
	if (make_view(s, &input, is_root ? ROOT_TOP : OTHER_TOP, &selection, &view, &err)) {
		lr_error_print(&err);
		lr_input_close(&input);
		return;
	}
	leaks = view.summary.leaked_blocks > 0;
	t->bytes += view.summary.leaked_bytes;
	t->blocks += view.summary.leaked_blocks;
	if (leaks)
		t->leaking++;
	else
		t->clean++;
	s->leaked |= leaks > 0;
	if (!s->quiet && !text_is_reported(s) && (is_root || (leaks && t->shown < DETAILED))) {
		if (t->shown++)
			fputc('\n', stderr);
		lr_format_find("text")->write(stderr, &view);
	}
	lr_view_free(&view);
	write_reports(s, &input, &selection, r, is_root);
	lr_input_close(&input);
}

/* PATH as the user would write it here: without the working directory. */
static const char *short_path(const char *path)
{
	char *cwd = getcwd(NULL, 0);
	size_t n = cwd ? strlen(cwd) : 0;

	if (n > 1 && !strncmp(path, cwd, n) && path[n] == '/' && path[n + 1] != '-')
		path += n + 1;
	free(cwd);
	return path;
}

/* Where the recordings are, and how to see more. */
static void say_recordings(const struct launch_summary *s, const struct tally *t)
{
	char bytes[LR_UNIT_SIZE], blocks[LR_UNIT_SIZE], count[LR_UNIT_SIZE];
	const char *first = NULL;
	size_t kept = 0;

	for (size_t i = 0; i < s->count; i++) {
		if (was_replaced(s, i) || s->recordings[i].alive)
			continue;
		if (!first)
			first = short_path(s->recordings[i].path);
		kept++;
	}
	if (t->leaking > 1 || (t->leaking && t->clean))
		fprintf(stderr, "leakscope: %s of %s processes leaked %s in %s %s%s\n",
			lr_count(count, t->leaking),
			lr_count((char[LR_UNIT_SIZE]){0}, t->leaking + t->clean),
			lr_size(bytes, t->bytes), lr_count(blocks, t->blocks),
			lr_plural(t->blocks, "block", "blocks"),
			t->leaking > t->shown ? "; only some are shown" : "");
	if (t->running)
		fprintf(stderr,
			"leakscope: %zu %s in the background and %s recording "
			"(leakscope list)\n",
			t->running, lr_plural(t->running, "process goes on", "processes go on"),
			lr_plural(t->running, "keeps", "keep"));
	if (!first)
		return;
	if (kept > 1)
		fprintf(stderr,
			"leakscope: recorded %s and %zu more beside it; see "
			"`leakscope report %s`\n",
			first, kept - 1, first);
	else
		fprintf(stderr, "leakscope: recorded %s; see `leakscope report %s`\n", first,
			first);
}

void launch_summarize(struct launch_summary *s)
{
	struct tally t = {0};

	for (size_t i = 0; i < s->count; i++) {
		const struct launch_recording *r = &s->recordings[i];

		if (r->alive)
			t.running++;
		else if (!was_replaced(s, i) && (!s->quiet || s->want_verdict || s->report_count ||
						 r->pid == (uint32_t)s->root))
			summarize_one(s, i, &t);
	}
	say_if_untracked(s);
	if (!s->count || s->recordings[0].pid != (uint32_t)s->root)
		say_unwritten_reports(s);
	if (!s->quiet)
		say_recordings(s, &t);
	fflush(stderr);
}
