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
#include "gate.h"
#include "select.h"
#include "term.h"
#include "units.h"

#define DETAILED 5    /* processes shown, the launched one included */
#define ERRORS_SAID 5 /* notes of errors of processes that are not shown */
#define ROOT_TOP 10   /* leaks shown of the launched program */
#define OTHER_TOP 3   /* and of each other process */

struct tally {
	size_t clean, leaking, shown, running;
	uint64_t bytes, blocks, handles;
	unsigned errors_said;
	struct lr_symbols *symbols; /* shared by the processes that are only counted */
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

/* What must be said even with --quiet: errors among the notes.  Returns how many. */
static unsigned say_error_notes(const struct lr_model *model, const char *name)
{
	unsigned said = 0;

	for (size_t i = 0; i < model->note_count; i++) {
		if (model->notes[i].level < LS_NOTE_ERROR)
			continue;
		said++;
		fprintf(stderr, "leakscope: %s (pid %u): ", name, model->pid);
		lr_text_put(stderr, model->notes[i].text, 0);
		fputc('\n', stderr);
	}
	return said;
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

/* One process of the tree, with the quick look's findings. */
struct process {
	const struct launch_recording *recording;
	bool is_root;
	int64_t raw_bytes; /* leaked, suppressed ones included; -1: unreadable */
	bool may_leak;
};

/*
 * Quick look without symbols: can this process have leaked anything, and which
 * errors did the shim note?  Suppressions need names and are not asked.
 */
static void look_quickly(const struct launch_summary *s, struct process *p,
			 const struct lr_selection *selection, struct tally *t)
{
	struct lr_build_options options = {0};
	struct lr_recording *recording;
	struct lr_model *model;
	struct lr_error err = {""};

	p->raw_bytes = -1;
	if (lr_recording_open(p->recording->path, &recording, &err)) {
		lr_error_print(&err);
		return;
	}
	if (lr_model_build(recording, p->recording->path, &options, &model, &err)) {
		lr_error_print(&err);
	} else {
		p->raw_bytes = 0;
		for (size_t i = 0; i < model->leak_count; i++) {
			if (!lr_selection_has(selection, model, &model->leaks[i]))
				continue;
			p->may_leak = true;
			p->raw_bytes += (int64_t)model->leaks[i].bytes;
		}
		/* The full text has them; everybody else is told here. */
		if ((s->quiet || (!p->is_root && !p->may_leak)) && t->errors_said < ERRORS_SAID)
			t->errors_said += say_error_notes(
				model, model->cmdline_count ? model->cmdline[0] : s->name);
		lr_model_free(model);
	}
	lr_recording_close(recording);
}

/* The launched program first, then the others, largest leaks first. */
static int by_size(const void *va, const void *vb)
{
	const struct process *a = va, *b = vb;

	if (a->is_root != b->is_root)
		return a->is_root ? -1 : 1;
	if (a->raw_bytes != b->raw_bytes)
		return a->raw_bytes > b->raw_bytes ? -1 : 1;
	return (a->recording > b->recording) - (a->recording < b->recording);
}

/*
 * Open the recording of P.  FULL: with symbols of its own, as for any report;
 * otherwise with those that all the others share, which only serve to count.
 */
static int open_input(struct tally *t, const struct process *p, bool full, bool progress,
		      struct lr_input *input, struct lr_error *err)
{
	struct lr_symbols_options symbols = {.progress = progress};
	struct lr_build_options options = {0};
	struct lr_recording *recording;
	int r;

	if (full)
		return lr_input_open(input, p->recording->path, &symbols, NULL, err);
	memset(input, 0, sizeof *input);
	if (!t->symbols)
		t->symbols = lr_symbols_new(&symbols);
	options.symbols = t->symbols;
	if (lr_recording_open(p->recording->path, &recording, err))
		return -1;
	r = lr_model_build(recording, p->recording->path, &options, &input->model, err);
	lr_recording_close(recording);
	return r;
}

static void summarize_one(struct launch_summary *s, const struct process *p,
			  const struct lr_selection *selection, struct tally *t)
{
	bool shown = !s->quiet && !text_is_reported(s) &&
		     (p->is_root || (p->may_leak && t->shown < DETAILED));
	bool progress = !s->quiet && isatty(STDERR_FILENO);
	struct lr_error err = {""};
	struct lr_input input;
	struct lr_view view;

	if (!p->may_leak && !s->report_count && !shown) {
		t->clean++;
		return;
	}
	if (open_input(t, p, shown || s->report_count, progress, &input, &err)) {
		lr_error_print(&err);
		return;
	}
	if (make_view(s, &input, p->is_root ? ROOT_TOP : OTHER_TOP, selection, &view, &err)) {
		lr_error_print(&err);
		lr_input_close(&input);
		return;
	}
	t->bytes += view.summary.leaked_bytes;
	t->blocks += view.summary.leaked_blocks;
	t->handles += view.summary.leaked_handles;
	if (view.summary.leaked_blocks) {
		t->leaking++;
		s->leaked = true;
	} else {
		t->clean++;
	}
	if (shown && (p->is_root || view.summary.leaked_blocks)) {
		if (t->shown++)
			fputc('\n', stderr);
		lr_format_find("text")->write(stderr, &view);
	}
	lr_view_free(&view);
	write_reports(s, &input, selection, p->recording, p->is_root);
	lr_input_close(&input);
}

/* All processes that have ended, the last image of each. */
static size_t list_processes(const struct launch_summary *s, struct process *list, struct tally *t)
{
	size_t n = 0;

	for (size_t i = 0; i < s->count; i++) {
		const struct launch_recording *r = &s->recordings[i];
		bool is_root = r->pid == (uint32_t)s->root;

		if (r->alive)
			t->running++;
		else if (!was_replaced(s, i) &&
			 (!s->quiet || s->want_verdict || s->report_count || is_root))
			list[n++] = (struct process){.recording = r, .is_root = is_root};
	}
	return n;
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
	char amount[LR_AMOUNT_SIZE], count[LR_UNIT_SIZE], all[LR_UNIT_SIZE];
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
		fprintf(stderr, "leakscope: %s of %s processes leaked %s%s\n",
			lr_count(count, t->leaking), lr_count(all, t->leaking + t->clean),
			lr_amount_text(amount, t->bytes, t->blocks, t->handles),
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
	struct process *list = calloc(s->count + 1, sizeof *list);
	struct lr_selection selection;
	struct tally t = {0};
	size_t count = list ? list_processes(s, list, &t) : 0;

	if (!list)
		fprintf(stderr, "leakscope: out of memory; see the recordings themselves\n");
	lr_selection_default(&selection);
	for (size_t i = 0; i < count; i++)
		look_quickly(s, &list[i], &selection, &t);
	if (count)
		qsort(list, count, sizeof *list, by_size);
	for (size_t i = 0; i < count && (!s->quiet || s->want_verdict || s->report_count); i++) {
		/* Enough is known: no need for the names of the hundredth process. */
		if (s->quiet && !s->report_count && s->leaked)
			break;
		if (list[i].raw_bytes >= 0)
			summarize_one(s, &list[i], &selection, &t);
	}
	free(list);
	if (t.symbols)
		lr_symbols_free(t.symbols);
	say_if_untracked(s);
	if (!s->count || s->recordings[0].pid != (uint32_t)s->root)
		say_unwritten_reports(s);
	if (!s->quiet)
		say_recordings(s, &t);
	fflush(stderr);
}
