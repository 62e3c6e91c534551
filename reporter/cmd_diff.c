/* SPDX-License-Identifier: MIT */
/* leakscope diff: what grew between two recordings, or two snapshots of one. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "build.h"
#include "cmd.h"
#include "diff.h"
#include "find.h"
#include "names.h"
#include "output_file.h"
#include "select.h"
#include "term.h"

#define TEXT_TOP 50

enum {
	OPT_KINDS = 256,
	OPT_SCOPE,
	OPT_MEMORY,
	OPT_TOP,
	OPT_MIN_BYTES,
	OPT_SUPPRESSIONS,
	OPT_NO_DEFAULTS,
	OPT_FROM,
	OPT_TO,
	OPT_COLOR,
	OPT_NO_DEBUGINFOD,
	OPT_STRIP,
	OPT_FORMAT,
};

static const struct argp_option options[] = {
	{"format", OPT_FORMAT, "FORMAT", 0, "text (default) or json", 1},
	{"from", OPT_FROM, "LABEL", 0, "With one recording: what came after that snapshot", 1},
	{"to", OPT_TO, "LABEL", 0, "... and up to that one (default: all since)", 1},
	{"kinds", OPT_KINDS, "LIST", 0,
	 "What is compared: definite, indirect, possible, reachable, unclassified, device, outlived, "
	 "all (default: all)",
	 2},
	{"scope", OPT_SCOPE, "GLOB", 0, "Only blocks of scopes whose path matches", 2},
	{"memory", OPT_MEMORY, "KIND", 0,
	 "Only memory of that kind: host, device, pinned, managed, vmm, pool, array, registered, ipc, graph; handle: "
	 "streams, contexts and other handles of the CUDA driver",
	 2},
	{"min-bytes", OPT_MIN_BYTES, "N", 0,
	 "Only changes of N bytes and more (K, M, G); those of handles, which have no size, stay",
	 2},
	{"suppressions", OPT_SUPPRESSIONS, "FILE", 0,
	 "Leave out leaks that these rules cover (repeatable)", 2},
	{"no-default-suppressions", OPT_NO_DEFAULTS, NULL, 0,
	 "Do without the built-in rules for system libraries", 2},
	{"top", OPT_TOP, "N", 0, "Show the N largest (text: 50 unless given; 0 = all)", 3},
	{"output", 'o', "FILE", 0, "Write there instead of to the standard output", 4},
	{"color", OPT_COLOR, "WHEN", 0, "auto (default), always or never", 4},
	{"strip-path", OPT_STRIP, "PREFIX", 0, "Remove PREFIX from source file names", 4},
	{"no-debuginfod", OPT_NO_DEBUGINFOD, NULL, 0, "Don't ask debuginfod servers for symbols",
	 4},
	{0},
};

/* One of the two things that are compared. */
struct side {
	const char *name;  /* as given */
	const char *label; /* of a snapshot, NULL = the recording as it stands */
	char path[PATH_MAX];
	struct lr_input input;
	struct lr_view view;
};

struct diff_command {
	struct lr_error err;
	struct lr_selection selection;
	struct lr_suppressions *suppressions;
	struct lr_symbols_options symbols;
	struct lr_diff_options with;
	bool no_defaults, top_given;
	const char *from, *to, *output;
	int format, color;
	uint64_t top;
	const char *names[2];
	size_t name_count;
	struct side sides[2];
	bool span;
};

static int set_option(struct diff_command *c, int key, char *arg)
{
	static const char *const formats[] = {"text", "json", NULL};
	static const char *const colors[] = {"auto", "always", "never", NULL};

	switch (key) {
	case OPT_FORMAT: return lr_parse_choice("--format", arg, formats, &c->format, &c->err);
	case OPT_FROM: c->from = arg; return 0;
	case OPT_TO: c->to = arg; return 0;
	case OPT_KINDS: return lr_parse_kinds("--kinds", arg, &c->selection, &c->err);
	case OPT_SCOPE: c->selection.scope_glob = arg; return 0;
	case OPT_MEMORY: return lr_parse_memory("--memory", arg, &c->selection.memory, &c->err);
	case OPT_MIN_BYTES: return lr_parse_size("--min-bytes", arg, &c->with.min_bytes, &c->err);
	case OPT_SUPPRESSIONS: return lr_suppressions_add_file(c->suppressions, arg, &c->err);
	case OPT_NO_DEFAULTS: c->no_defaults = true; return 0;
	case OPT_TOP: c->top_given = true; return lr_parse_number("--top", arg, &c->top, &c->err);
	case OPT_COLOR: return lr_parse_choice("--color", arg, colors, &c->color, &c->err);
	case OPT_STRIP: c->symbols.strip_prefix = arg; return 0;
	case OPT_NO_DEBUGINFOD: c->symbols.debuginfod = false; return 0;
	default: c->output = arg; return 0;
	}
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct diff_command *c = state->input;

	if ((key >= OPT_KINDS && key <= OPT_FORMAT) || key == 'o')
		return set_option(c, key, arg) ? EINVAL : 0;
	switch (key) {
	case ARGP_KEY_ARG:
		if (c->name_count == 2) {
			lr_fail(&c->err, "two are compared: '%.200s' is one too many", arg);
			return EINVAL;
		}
		c->names[c->name_count++] = arg;
		return 0;
	case ARGP_KEY_NO_ARGS:
		lr_fail(&c->err,
			"nothing to compare; name two recordings, or one with --from LABEL");
		return EINVAL;
	default: return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "OLD NEW\n--from=LABEL RECORDING",
	.doc = "Show what grew between two recordings, or between two snapshots of one, by site and by "
	       "scope, the largest growth first.\v"
	       "OLD and NEW are recordings or pids.  Leaks of two recordings are known again by their "
	       "fingerprint.  With RECORDING@LABEL, both of one recording, or with --from and --to, it "
	       "is the blocks that came after the one snapshot and up to the other and are live still.",
};

static int run_diff(int argc, char **argv);

const struct lr_command lr_cmd_diff = {"diff", "show what grew between two recordings or snapshots",
				       &argp, run_diff};

/* RECORDING, PID, RECORDING@LABEL or PID@LABEL; a file of just that name comes first. */
static int read_name(struct diff_command *c, struct side *side)
{
	char name[PATH_MAX];
	struct lr_error err;
	const char *at;
	struct stat st;

	if (lstat(side->name, &st) == 0)
		return lr_find_argument(side->name, side->path, sizeof(side->path), &c->err);
	for (at = strchr(side->name, '@'); at; at = strchr(at + 1, '@')) {
		size_t length = (size_t)(at - side->name);

		if (!length || length >= sizeof(name))
			continue;
		memcpy(name, side->name, length);
		name[length] = '\0';
		if (lr_find_argument(name, side->path, sizeof(side->path), &err) != 0 ||
		    lstat(side->path, &st) != 0)
			continue;
		side->label = at + 1;
		return 0;
	}
	return lr_find_argument(side->name, side->path, sizeof(side->path), &c->err);
}

static bool is_one_file(const struct diff_command *c)
{
	struct stat a, b;

	return stat(c->sides[0].path, &a) == 0 && stat(c->sides[1].path, &b) == 0 &&
	       a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/* What is to be compared with what. */
static int read_names(struct diff_command *c)
{
	struct side *old = &c->sides[0], *new = &c->sides[1];

	if (c->name_count == 1 && !c->from && !c->to)
		return lr_fail(&c->err,
			       "nothing to compare '%.200s' with; name a second recording, or "
			       "--from LABEL for what came after a snapshot",
			       c->names[0]);
	if (c->name_count == 2 && (c->from || c->to))
		return lr_fail(&c->err,
			       "--from and --to are about one recording; leave out '%.200s'",
			       c->names[1]);
	old->name = c->names[0];
	new->name = c->names[c->name_count - 1];
	if (read_name(c, old) != 0 || read_name(c, new) != 0)
		return -1;
	if (c->name_count == 1) {
		if (old->label)
			return lr_fail(
				&c->err,
				"'%.200s' names a snapshot, and so do --from and --to; use one "
				"of the two",
				old->name);
		old->label = c->from;
		new->label = c->to;
	}
	c->span = old->label || new->label;
	if (c->span && !is_one_file(c))
		return lr_fail(
			&c->err,
			"snapshots of two recordings can't be compared; leave the labels out, or "
			"name two of one recording");
	return 0;
}

static const struct lr_snapshot *find_snapshot(const struct lr_model *model, const char *label)
{
	for (size_t i = model->snapshot_count; label && i-- > 0;) {
		if (strcmp(model->snapshots[i].label, label) == 0)
			return &model->snapshots[i];
	}
	return NULL;
}

static int open_sides(struct diff_command *c)
{
	struct lr_build_options with = {0};

	if (c->span) {
		with.since = c->sides[0].label;
		with.until = c->sides[1].label;
	} else if (lr_input_open(&c->sides[0].input, c->sides[0].path, &c->symbols, &with,
				 &c->err) != 0) {
		return -1;
	}
	return lr_input_open(&c->sides[1].input, c->sides[1].path, &c->symbols, &with, &c->err);
}

static int make_views(struct diff_command *c, FILE *out)
{
	struct lr_view_options with = {
		.selection = &c->selection,
		.suppressions = c->suppressions,
		.width = lr_term_width(out),
		.color = lr_term_color(out, (enum lr_color)c->color),
	};

	for (size_t i = c->span; i < 2; i++) {
		struct side *side = &c->sides[i];

		with.symbols = side->input.symbols;
		if (lr_view_make(&side->view, side->input.model, &with, &c->err) != 0)
			return -1;
	}
	return 0;
}

/* 0 or -errno */
static int write_diff(struct diff_command *c, FILE *out)
{
	struct side *old = &c->sides[!c->span ? 0 : 1], *new = &c->sides[1];
	struct lr_diff diff = {
		.arena = lr_arena_new(),
		.before = {.view = &old->view, .recording = c->span ? old->path : old->name},
		.after = {.view = &new->view, .recording = c->span ? new->path : new->name},
		.span = c->span,
	};
	int status;

	diff.before.snapshot = find_snapshot(old->input.model, c->sides[0].label);
	diff.after.snapshot = find_snapshot(new->input.model, c->sides[1].label);
	lr_diff_make(&diff, &c->with);
	status = c->format ? lr_diff_json(out, &diff) : lr_diff_text(out, &diff);
	lr_arena_free(diff.arena);
	return status;
}

/* The first snapshot has to be the earlier one. */
static int check_order(struct diff_command *c)
{
	const struct lr_model *model = c->sides[1].input.model;
	const struct lr_snapshot *old = find_snapshot(model, c->sides[0].label);
	const struct lr_snapshot *new = find_snapshot(model, c->sides[1].label);

	if (!old || !new || old->epoch < new->epoch)
		return 0;
	return lr_fail(&c->err, "snapshot '%s' (%.1f s) is not later than '%s' (%.1f s); swap them",
		       new->label, new->t_s, old->label, old->t_s);
}

static int compare(struct diff_command *c)
{
	struct lr_output output;

	if (!c->no_defaults)
		lr_suppressions_add_default(c->suppressions);
	c->with.top = c->top_given ? c->top : c->format ? 0 : TEXT_TOP;
	if (read_names(c) != 0 || open_sides(c) != 0 || (c->span && check_order(c) != 0) ||
	    lr_output_open(&output, c->output, &c->err) != 0)
		return -1;
	if (make_views(c, output.stream) != 0) {
		struct lr_error ignored;

		lr_output_close(&output, -ECANCELED, &ignored);
		return -1;
	}
	return lr_output_close(&output, write_diff(c, output.stream), &c->err);
}

static int run_diff(int argc, char **argv)
{
	struct diff_command c = {
		.suppressions = lr_suppressions_new(),
		.symbols = {.debuginfod = true, .progress = isatty(STDERR_FILENO) == 1},
	};
	int rc;

	if (!c.suppressions)
		lr_out_of_memory();
	lr_selection_default(&c.selection);
	c.selection.kinds = LR_ALL_KINDS;
	rc = lr_parse_args(&lr_cmd_diff, argc, argv, 0, &c, &c.err);
	if (rc == 0)
		rc = compare(&c);
	for (size_t i = 0; i < 2; i++) {
		lr_view_free(&c.sides[i].view);
		lr_input_close(&c.sides[i].input);
	}
	lr_suppressions_free(c.suppressions);
	return rc ? lr_bad_input(&c.err) : LR_EXIT_OK;
}
