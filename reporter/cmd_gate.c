/* SPDX-License-Identifier: MIT */
/*
 * leakscope gate: read recordings, judge them against limits, suppressions and a
 * baseline, and say the verdict.  Nothing is written before everything has been
 * read without an error.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "build.h"
#include "cmd.h"
#include "find.h"
#include "gate.h"
#include "names.h"
#include "output_file.h"
#include "select.h"
#include "suppress.h"
#include "term.h"

enum {
	OPT_MAX_LEAKED_BYTES = 1000,
	OPT_MAX_LEAKED_BLOCKS,
	OPT_MAX_PEAK_BYTES,
	OPT_MAX_GROWTH,
	OPT_KINDS,
	OPT_BASELINE,
	OPT_UPDATE_BASELINE,
	OPT_SUPPRESSIONS,
	OPT_NO_DEFAULT_SUPPRESSIONS,
	OPT_LIST_SUPPRESSIONS,
	OPT_FORMAT,
	OPT_COLOR,
	OPT_NO_DEBUGINFOD
};

static const struct argp_option options[] = {
	{"max-leaked-bytes", OPT_MAX_LEAKED_BYTES, "N", 0,
	 "fail if more than N bytes leaked that the baseline doesn't accept (default 0; K, M, G are understood)",
	 0},
	{"max-leaked-blocks", OPT_MAX_LEAKED_BLOCKS, "N", 0,
	 "the same for blocks, GPU handles included (default: no limit for blocks, 0 for handles, which have no "
	 "bytes)",
	 0},
	{"max-peak-bytes", OPT_MAX_PEAK_BYTES, "N[K|M|G]", 0,
	 "fail if any one process had more than N bytes of host memory in use at a time", 0},
	{"max-growth-percent", OPT_MAX_GROWTH, "P", 0,
	 "fail if the peak, the number of allocations or the bytes allocated grew by more than P percent since the "
	 "baseline was made",
	 0},
	{"kinds", OPT_KINDS, "LIST", 0,
	 "what counts as a leak: definite, indirect, possible, reachable, unclassified, device, outlived, all "
	 "(default definite,indirect,unclassified,device,outlived)",
	 0},
	{"baseline", OPT_BASELINE, "FILE", 0, "the leaks that are accepted, and how much of them",
	 0},
	{"update-baseline", OPT_UPDATE_BASELINE, NULL, 0,
	 "write what is found now to the baseline (its comments and max= stay), then judge", 0},
	{"suppressions", OPT_SUPPRESSIONS, "FILE", 0,
	 "leaks that are known: LeakSanitizer's form with scope:GLOB, module:GLOB and runtime:GLOB, or Valgrind's "
	 "(repeatable)",
	 0},
	{"no-default-suppressions", OPT_NO_DEFAULT_SUPPRESSIONS, NULL, 0,
	 "don't use the built-in rules for system libraries", 0},
	{"list-suppressions", OPT_LIST_SUPPRESSIONS, NULL, 0,
	 "show all rules that would be used, and stop", 0},
	{"format", OPT_FORMAT, "FORMAT", 0, "text (default), github or markdown", 0},
	{"output", 'o', "FILE", 0, "write to FILE instead of standard output", 0},
	{"color", OPT_COLOR, "WHEN", 0, "auto (default), always or never", 0},
	{"no-debuginfod", OPT_NO_DEBUGINFOD, NULL, 0, "don't ask debuginfod servers for symbols",
	 0},
	{"verbose", 'v', NULL, 0,
	 "also list the suppressions that were used and those that were not", 0},
	{0}};

static const char *const formats[] = {"text", "github", "markdown", "junit", "sarif", NULL};
enum { FORMAT_TEXT, FORMAT_GITHUB, FORMAT_MARKDOWN, FORMAT_JUNIT, FORMAT_SARIF };

static const char *const colors[] = {"auto", "always", "never", NULL};

struct gate_command {
	struct lr_error err;
	struct lr_gate_limits limits;
	struct lr_selection selection;
	struct lr_symbols_options
		symbols; /* as for a report: both must name the same fingerprints */
	struct lr_suppressions *suppressions;
	const char **files; /* of suppressions */
	size_t file_count;
	const char **recordings;
	size_t recording_count;
	const char *baseline_path, *output;
	bool update, no_defaults, list, verbose;
	int format, color;
	struct lr_baseline *baseline; /* NULL: none, or none yet */
	struct lr_gate gate;
};

/* A percentage: "10", "2.5", "10%". */
static int parse_percent(const char *value, double *percent, struct lr_error *err)
{
	char *end;

	errno = 0;
	*percent = strtod(value, &end);
	if (end != value && *end == '%')
		end++;
	if (end == value || *end || errno || !(*percent >= 0) || *percent > 1e12)
		return lr_fail(
			err,
			"--max-growth-percent: '%s' is no percentage; give a number from 0 on, such as 10",
			value);
	return 0;
}

static int parse_format(struct gate_command *c, const char *value)
{
	if (lr_parse_choice("--format", value, formats, &c->format, &c->err) != 0)
		return -1;
	if (c->format == FORMAT_JUNIT || c->format == FORMAT_SARIF)
		return lr_fail(
			&c->err,
			"--format %s is not in this version of leakscope; use text, github or markdown",
			value);
	return 0;
}

static void append(const char ***list, size_t *count, const char *text)
{
	*list = lr_grow(*list, *count + 1, sizeof(**list));
	(*list)[(*count)++] = text;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct gate_command *c = state->input;
	int result = 0;

	switch (key) {
	case OPT_MAX_LEAKED_BYTES:
		result = lr_parse_size("--max-leaked-bytes", arg, &c->limits.leaked_bytes, &c->err);
		break;
	case OPT_MAX_LEAKED_BLOCKS:
		result = lr_parse_size("--max-leaked-blocks", arg, &c->limits.leaked_blocks,
				       &c->err);
		break;
	case OPT_MAX_PEAK_BYTES:
		result = lr_parse_size("--max-peak-bytes", arg, &c->limits.peak_bytes, &c->err);
		break;
	case OPT_MAX_GROWTH: result = parse_percent(arg, &c->limits.growth_percent, &c->err); break;
	case OPT_KINDS: result = lr_parse_kinds("--kinds", arg, &c->selection, &c->err); break;
	case OPT_BASELINE: c->baseline_path = arg; break;
	case OPT_UPDATE_BASELINE: c->update = true; break;
	case OPT_SUPPRESSIONS: append(&c->files, &c->file_count, arg); break;
	case OPT_NO_DEFAULT_SUPPRESSIONS: c->no_defaults = true; break;
	case OPT_LIST_SUPPRESSIONS: c->list = true; break;
	case OPT_FORMAT: result = parse_format(c, arg); break;
	case 'o': c->output = arg; break;
	case OPT_COLOR: result = lr_parse_choice("--color", arg, colors, &c->color, &c->err); break;
	case OPT_NO_DEBUGINFOD: c->symbols.debuginfod = false; break;
	case 'v': c->verbose = true; break;
	case ARGP_KEY_ARG: append(&c->recordings, &c->recording_count, arg); break;
	default: return ARGP_ERR_UNKNOWN;
	}
	return result == 0 ? 0 : EINVAL;
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "RECORDING...",
	.doc = "Judge the leaks of RECORDINGs, all of them together, for use in CI.\v"
	       "Blocks live in a process image that exec replaced, and blocks inherited over fork, are no leaks.  "
	       "A leak is known again by its fingerprint (scope path, modules and functions of its "
	       "backtrace), so a baseline survives rebuilds; more blocks than it accepts fail.\n\n"
	       "Suppressions: leak:PATTERN is looked for in the function, source file and module of "
	       "every frame (`*` any run, `^` the start, `$` the end); scope:GLOB matches the scope "
	       "path, module:GLOB the path or name of any frame's module, runtime:GLOB the function of the "
	       "CUDA driver that made a handle, where the CUDA runtime or another library of NVIDIA's "
	       "has called it for itself.  Valgrind's blocks for "
	       "Memcheck:Leak match frame by frame, from the allocation function on; other blocks are "
	       "passed over.  C++ functions are matched by their readable names, with and without "
	       "arguments; a mangled name without wildcards is demangled first.\n\n"
	       "Exit status: 0 the gate passes, 1 it fails, 2 bad usage or input.",
};

static int read_suppressions(struct gate_command *c)
{
	c->suppressions = lr_suppressions_new();
	if (!c->suppressions)
		lr_out_of_memory();
	/* The user's first: a leak counts for the rule that was written for it. */
	for (size_t i = 0; i < c->file_count; i++) {
		if (lr_suppressions_add_file(c->suppressions, c->files[i], &c->err) != 0)
			return -1;
	}
	if (!c->no_defaults)
		lr_suppressions_add_default(c->suppressions);
	return 0;
}

/* A baseline that isn't there is an error, except when it is to be made. */
static int read_baseline(struct gate_command *c)
{
	const struct lr_baseline_total *totals;
	struct stat st;
	bool any = false;

	if (c->update && !c->baseline_path)
		return lr_fail(&c->err,
			       "--update-baseline needs a file to write; add --baseline FILE");
	if (c->limits.growth_percent >= 0 && !c->baseline_path)
		return lr_fail(
			&c->err,
			"--max-growth-percent measures against a baseline; add --baseline FILE");
	if (!c->baseline_path)
		return 0;
	if (lstat(c->baseline_path, &st) != 0 && errno == ENOENT) {
		if (c->update)
			return 0;
		return lr_fail(
			&c->err,
			"there is no baseline '%s'; make it with --update-baseline, or check the path",
			c->baseline_path);
	}
	if (c->update && stat(c->baseline_path, &st) == 0 && !S_ISREG(st.st_mode))
		return lr_fail(&c->err,
			       "'%s' is no regular file and so no baseline; name another file",
			       c->baseline_path);
	if (lr_baseline_read(c->baseline_path, &c->baseline, &c->err) != 0)
		return -1;
	totals = lr_baseline_totals(c->baseline);
	for (size_t i = 0; i < LS_MEM_COUNT; i++)
		any = any || totals[i].set;
	if (!any && c->limits.growth_percent >= 0 && !c->update)
		return lr_fail(
			&c->err,
			"'%s' has no totals for --max-growth-percent; write them with --update-baseline",
			c->baseline_path);
	return 0;
}

/* An argument is a file, or the pid of a process that is or was tracked. */
static int read_recording(struct gate_command *c, const char *argument)
{
	struct lr_view_options view_options = {.selection = &c->selection,
					       .suppressions = c->suppressions};
	char path[4096];
	struct lr_input input;
	struct lr_view view;
	int result;

	if (lr_find_argument(argument, path, sizeof(path), &c->err) != 0 ||
	    lr_input_open(&input, path, &c->symbols, NULL, &c->err) != 0)
		return -1;
	result = lr_view_make(&view, input.model, &view_options, &c->err);
	if (result == 0) {
		lr_gate_add(&c->gate, &view);
		lr_view_free(&view);
	}
	lr_input_close(&input);
	return result;
}

static int update_baseline(struct gate_command *c)
{
	struct lr_baseline *now = NULL;

	if (lr_baseline_write(c->baseline_path, c->baseline, lr_gate_found(&c->gate),
			      c->gate.leak_count, c->gate.totals, &c->err) != 0)
		return -1;
	if (lr_baseline_read(c->baseline_path, &now, &c->err) != 0)
		return -1;
	lr_baseline_free(c->baseline);
	c->baseline = now;
	c->gate.updated = true;
	return 0;
}

static void list_uses(FILE *out, const struct gate_command *c)
{
	size_t count = lr_suppressions_count(c->suppressions);
	char amount[LR_AMOUNT_SIZE];

	for (size_t i = 0; i < count; i++) {
		struct lr_suppression_use use = lr_suppressions_use(c->suppressions, i);

		/* Nobody can do anything about built-in rules that weren't needed. */
		if (!use.leaks && use.why)
			continue;
		if (use.leaks)
			fprintf(out, "used suppression    %s (%s): %s\n", use.rule, use.origin,
				lr_amount_text(amount, use.bytes, use.blocks, use.handles));
		else
			fprintf(out, "unused suppression  %s (%s)\n", use.rule, use.origin);
	}
}

static int write_verdict(struct gate_command *c, FILE *out)
{
	int result;

	switch (c->format) {
	case FORMAT_GITHUB: result = lr_gate_github(out, &c->gate); break;
	case FORMAT_MARKDOWN: result = lr_gate_markdown(out, &c->gate); break;
	default:
		result = lr_gate_text(out, &c->gate, lr_term_color(out, (enum lr_color)c->color));
		break;
	}
	if (c->verbose)
		list_uses(c->format == FORMAT_TEXT ? out : stderr, c);
	if (fflush(out) != 0 && result == 0)
		result = -errno;
	return result;
}

static int say(struct gate_command *c)
{
	struct lr_output output;

	if (lr_output_open(&output, c->output, &c->err) != 0 ||
	    lr_output_close(&output, write_verdict(c, output.stream), &c->err) != 0)
		return -1;
	if (c->output && strcmp(c->output, "-") != 0)
		fprintf(stderr, "leakscope gate: %s  %s\n", c->gate.pass ? "PASS" : "FAIL",
			c->gate.headline);
	return 0;
}

static int judge(struct gate_command *c)
{
	if (read_suppressions(c) != 0)
		return -1;
	if (c->list) {
		lr_suppressions_write(c->suppressions, stdout);
		return 0;
	}
	if (c->recording_count == 0)
		return lr_fail(
			&c->err,
			"no recording given; write `leakscope gate [OPTIONS] RECORDING...`, see "
			"`leakscope gate --help`");
	if (read_baseline(c) != 0)
		return -1;
	for (size_t i = 0; i < c->recording_count; i++) {
		if (read_recording(c, c->recordings[i]) != 0)
			return -1;
	}
	if (c->update && update_baseline(c) != 0)
		return -1;
	lr_gate_judge(&c->gate, c->baseline, c->baseline_path);
	return say(c);
}

static int run_gate(int argc, char **argv);

const struct lr_command lr_cmd_gate = {
	.name = "gate",
	.summary = "judge recordings against limits, suppressions and a baseline",
	.argp = &argp,
	.run = run_gate,
};

static int run_gate(int argc, char **argv)
{
	struct gate_command c = {
		.limits = {.leaked_bytes = 0,
			   .leaked_blocks = LR_NO_LIMIT,
			   .peak_bytes = LR_NO_LIMIT,
			   .growth_percent = -1},
		.symbols = {.debuginfod = true, .progress = isatty(STDERR_FILENO) == 1}};
	int status;

	lr_selection_default(&c.selection);
	if (lr_parse_args(&lr_cmd_gate, argc, argv, 0, &c, &c.err) != 0)
		return lr_bad_input(&c.err);
	lr_gate_start(&c.gate, &c.limits);
	if (judge(&c) != 0)
		status = lr_bad_input(&c.err);
	else
		status = c.list || c.gate.pass ? LR_EXIT_OK : LR_EXIT_GATE_FAILED;
	lr_gate_free(&c.gate);
	lr_baseline_free(c.baseline);
	lr_suppressions_free(c.suppressions);
	free(c.files);
	free(c.recordings);
	return status;
}
