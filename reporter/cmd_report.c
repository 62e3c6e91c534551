/* SPDX-License-Identifier: MIT */
/* leakscope report: recordings into reports. */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "arena.h"
#include "build.h"
#include "cmd.h"
#include "find.h"
#include "gate.h"
#include "names.h"
#include "output_file.h"
#include "select.h"
#include "term.h"
#include "units.h"

#define TEXT_TOP 50 /* more leaks than that nobody reads; other formats have them all */

enum {
	OPT_KINDS = 256,
	OPT_SCOPE,
	OPT_MEMORY,
	OPT_TOP,
	OPT_SORT,
	OPT_MIN_BYTES,
	OPT_SUPPRESSIONS,
	OPT_NO_DEFAULTS,
	OPT_GROUP,
	OPT_SINCE,
	OPT_COLOR,
	OPT_NO_DEBUGINFOD,
	OPT_STRIP,
	OPT_FORMAT,
	OPT_REFERRERS,
};

static const struct argp_option options[] = {
	{"format", OPT_FORMAT, "FORMAT", 0, "text (default), json, folded, github, markdown", 1},
	{"kinds", OPT_KINDS, "LIST", 0,
	 "What counts: definite, indirect, possible, reachable, unclassified, device, outlived, all "
	 "(default: definite,indirect,unclassified,device,outlived)",
	 1},
	{"scope", OPT_SCOPE, "GLOB", 0, "Only leaks of scopes whose path matches", 1},
	{"memory", OPT_MEMORY, "KIND", 0,
	 "Only memory of that kind: host, device, pinned, managed, vmm, pool, array, registered, ipc, graph; handle: "
	 "streams, contexts and other handles of the CUDA driver",
	 1},
	{"min-bytes", OPT_MIN_BYTES, "N", 0,
	 "Only leaks of N bytes and more (K, M, G); handles, which have no size, stay", 1},
	{"since", OPT_SINCE, "LABEL", 0, "Only blocks allocated after that snapshot", 1},
	{"suppressions", OPT_SUPPRESSIONS, "FILE", 0,
	 "Leave out leaks that these rules cover (repeatable)", 2},
	{"no-default-suppressions", OPT_NO_DEFAULTS, NULL, 0,
	 "Do without the built-in rules for system libraries", 2},
	{"top", OPT_TOP, "N", 0, "Show the N largest (text: 50 unless given; 0 = all)", 3},
	{"sort", OPT_SORT, "ORDER", 0, "bytes (default), blocks or recent", 3},
	{"group", OPT_GROUP, "BY", 0,
	 "Merge leaks by site, function, module, scope or thread; retained: all live blocks of the "
	 "host by the site that keeps them alive",
	 3},
	{"show-referrers", OPT_REFERRERS, NULL, 0,
	 "Say of blocks that are not lost where the pointers to them are", 3},
	{"output", 'o', "FILE", 0, "Write there instead of to the standard output", 4},
	{"color", OPT_COLOR, "WHEN", 0, "auto (default), always or never", 4},
	{"strip-path", OPT_STRIP, "PREFIX", 0, "Remove PREFIX from source file names", 4},
	{"no-debuginfod", OPT_NO_DEBUGINFOD, NULL, 0, "Don't ask debuginfod servers for symbols",
	 4},
	{"verbose", 'v', NULL, 0, "All frames, all scopes, unused suppressions", 4},
	{0},
};

/* Everything the command line says. */
struct report {
	struct lr_error err;
	struct lr_selection selection;
	struct lr_suppressions *suppressions;
	bool no_defaults;
	struct lr_symbols_options symbols;
	const struct lr_format *format;
	const char *output;
	uint64_t top;
	bool top_given;
	int sort, group, color;
	bool verbose, referrers, kinds_given;
	char **names;
	size_t name_count;
	struct lr_input *inputs;
};

static int set_format(struct report *r, const char *name)
{
	static const char *const promised[] = {"html",         "speedscope", "pprof",
					       "valgrind-xml", "sarif",      "junit",
					       "dot",          "github",     "markdown"};
	const struct lr_format *format;
	char list[200] = "";
	size_t i, at = 0;

	r->format = lr_format_find(name);
	if (r->format)
		return 0;
	for (format = lr_format_all(); format->name && at < sizeof list; format++)
		at += (size_t)snprintf(list + at, sizeof list - at, "%s%s", at ? ", " : "",
				       format->name);
	for (i = 0; i < sizeof promised / sizeof *promised; i++) {
		if (strcmp(promised[i], name) == 0)
			return lr_fail(&r->err,
				       "--format: format %s is not in this version; "
				       "it has %s",
				       name, list);
	}
	return lr_fail(&r->err, "--format: no format '%.64s'; there are %s", name, list);
}

static int set_group(struct report *r, const char *value)
{
	static const char *const names[] = {"site",   "function", "module", "scope",
					    "thread", "retained", NULL};

	if (lr_parse_choice("--group", value, names, &r->group, &r->err))
		return -1;
	r->group += LR_GROUP_SITE;
	return 0;
}

static int set_option(struct report *r, int key, char *arg)
{
	static const char *const sorts[] = {"bytes", "blocks", "recent", NULL};
	static const char *const colors[] = {"auto", "always", "never", NULL};

	switch (key) {
	case OPT_FORMAT: return set_format(r, arg);
	case OPT_REFERRERS: r->referrers = true; return 0;
	case OPT_KINDS:
		r->kinds_given = true;
		return lr_parse_kinds("--kinds", arg, &r->selection, &r->err);
	case OPT_SCOPE: r->selection.scope_glob = arg; return 0;
	case OPT_MEMORY: return lr_parse_memory("--memory", arg, &r->selection.memory, &r->err);
	case OPT_MIN_BYTES:
		return lr_parse_size("--min-bytes", arg, &r->selection.min_bytes, &r->err);
	case OPT_SINCE: r->selection.since = arg; return 0;
	case OPT_SUPPRESSIONS: return lr_suppressions_add_file(r->suppressions, arg, &r->err);
	case OPT_NO_DEFAULTS: r->no_defaults = true; return 0;
	case OPT_TOP: r->top_given = true; return lr_parse_number("--top", arg, &r->top, &r->err);
	case OPT_SORT: return lr_parse_choice("--sort", arg, sorts, &r->sort, &r->err);
	case OPT_GROUP: return set_group(r, arg);
	case OPT_COLOR: return lr_parse_choice("--color", arg, colors, &r->color, &r->err);
	case OPT_STRIP: r->symbols.strip_prefix = arg; return 0;
	case OPT_NO_DEBUGINFOD: r->symbols.debuginfod = false; return 0;
	case 'o': r->output = arg; return 0;
	default: r->verbose = true; return 0;
	}
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct report *r = state->input;

	switch (key) {
	case OPT_FORMAT:
	case OPT_KINDS:
	case OPT_SCOPE:
	case OPT_MEMORY:
	case OPT_MIN_BYTES:
	case OPT_SINCE:
	case OPT_SUPPRESSIONS:
	case OPT_NO_DEFAULTS:
	case OPT_TOP:
	case OPT_SORT:
	case OPT_GROUP:
	case OPT_COLOR:
	case OPT_STRIP:
	case OPT_NO_DEBUGINFOD:
	case OPT_REFERRERS:
	case 'o':
	case 'v': return set_option(r, key, arg) ? EINVAL : 0;
	case ARGP_KEY_ARG: r->names[r->name_count++] = arg; return 0;
	case ARGP_KEY_NO_ARGS:
		lr_fail(&r->err, "nothing to report on; name a recording (*.rec) or a pid");
		return EINVAL;
	default: return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "RECORDING|PID...",
	.doc = "Report what a recorded program leaked: where from, in which scope, how much.",
};

static int report(int argc, char **argv);

const struct lr_command lr_cmd_report = {"report", "show what a recording says", &argp, report};

static int open_inputs(struct report *r)
{
	struct lr_build_options with = {.since = r->selection.since, .referrers = r->referrers};
	char path[PATH_MAX];
	size_t i;

	for (i = 0; i < r->name_count; i++) {
		if (lr_find_argument(r->names[i], path, sizeof path, &r->err) ||
		    lr_input_open(&r->inputs[i], path, &r->symbols, &with, &r->err))
			return -1;
	}
	return 0;
}

/* After several text reports: what they come to together. */
static void combined(FILE *out, const struct report *r, const struct lr_summary *sum,
		     size_t leaking)
{
	char amount[LR_AMOUNT_SIZE];

	if (!leaking) {
		fprintf(out, "all %zu recordings: no leaks\n", r->name_count);
		return;
	}
	fprintf(out, "all %zu recordings: LEAKED %s, in %zu of them\n", r->name_count,
		lr_amount_text(amount, sum->leaked_bytes, sum->leaked_blocks, sum->leaked_handles),
		leaking);
}

static int write_reports(struct report *r, FILE *out)
{
	bool text = strcmp(r->format->name, "text") == 0;
	bool array = strcmp(r->format->name, "json") == 0 && r->name_count > 1;
	struct lr_view_options with = {
		.selection = &r->selection,
		.suppressions = r->suppressions,
		.top = r->top_given ? r->top
		       : text       ? TEXT_TOP
				    : 0,
		.sort = (enum lr_sort)r->sort,
		.group = (enum lr_group)r->group,
		.width = lr_term_width(out),
		.color = lr_term_color(out, (enum lr_color)r->color),
		.verbose = r->verbose,
		.referrers = r->referrers,
	};
	struct lr_summary sum = {0};
	struct lr_view view;
	size_t i, leaking = 0;
	int status = 0;

	if (array)
		fputs("[\n", out);
	for (i = 0; i < r->name_count && !status; i++) {
		with.symbols = r->inputs[i].symbols;
		if (lr_view_make(&view, r->inputs[i].model, &with, &r->err))
			return 1;
		if (i && (array || text))
			fputs(array ? ",\n" : "\n", out);
		status = r->format->write(out, &view);
		sum.leaked_bytes += view.summary.leaked_bytes;
		sum.leaked_blocks += view.summary.leaked_blocks;
		sum.leaked_handles += view.summary.leaked_handles;
		leaking += view.summary.leaked_blocks > 0;
		lr_view_free(&view);
	}
	if (array)
		fputs("]\n", out);
	if (text && r->name_count > 1) {
		fputc('\n', out);
		combined(out, r, &sum, leaking);
	}
	return status;
}

static int run_report(struct report *r)
{
	struct lr_output output;
	int status;

	if (!r->no_defaults)
		lr_suppressions_add_default(r->suppressions);
	if (r->group == LR_GROUP_RETAINED && r->selection.memory < 0)
		r->selection.memory = LS_MEM_HOST;
	if (r->group == LR_GROUP_RETAINED && !r->kinds_given)
		r->selection.kinds = LR_ALL_KINDS;
	if (open_inputs(r) || lr_output_open(&output, r->output, &r->err))
		return -1;
	status = write_reports(r, output.stream);
	if (status > 0) {
		struct lr_error ignored;

		lr_output_close(&output, -ECANCELED, &ignored);
		return -1;
	}
	return lr_output_close(&output, status, &r->err);
}

static int report(int argc, char **argv)
{
	struct report r = {
		.suppressions = lr_suppressions_new(),
		.format = lr_format_find("text"),
		.symbols = {.debuginfod = true, .progress = isatty(STDERR_FILENO) == 1},
		.names = lr_alloc((size_t)argc, sizeof(char *)),
		.inputs = lr_alloc((size_t)argc, sizeof(struct lr_input)),
	};
	size_t i;
	int rc;

	if (!r.suppressions)
		lr_out_of_memory();
	lr_selection_default(&r.selection);
	rc = lr_parse_args(&lr_cmd_report, argc, argv, 0, &r, &r.err);
	if (rc == 0)
		rc = run_report(&r);
	for (i = 0; i < r.name_count; i++)
		lr_input_close(&r.inputs[i]);
	lr_suppressions_free(r.suppressions);
	free(r.inputs);
	free(r.names);
	return rc ? lr_bad_input(&r.err) : LR_EXIT_OK;
}
