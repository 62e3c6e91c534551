/* SPDX-License-Identifier: MIT */
/*
 * leakscope list: what is tracked now and what recordings there are, newest
 * first; --prune takes stale ones away.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "arena.h"
#include "cmd.h"
#include "find.h"
#include "json_write.h"
#include "term.h"
#include "units.h"

enum { OPT_JSON = 1000, OPT_PRUNE };

static const struct argp_option options[] = {
	{"json", OPT_JSON, NULL, 0, "write JSON", 0},
	{"prune", OPT_PRUNE, NULL, 0,
	 "remove stale recordings and say which: those of processes that are gone and left no last word (state "
	 "unknown) or whose program image was replaced (state exec).  Recordings that ended properly, text reports "
	 "and files that are no recordings are never touched",
	 0},
	{"verbose", 'v', NULL, 0, "say what was passed over", 0},
	{0}};

struct list_command {
	struct lr_error err;
	const char **paths;
	size_t path_count;
	bool json, prune, verbose;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct list_command *c = state->input;

	switch (key) {
	case OPT_JSON: c->json = true; return 0;
	case OPT_PRUNE: c->prune = true; return 0;
	case 'v': c->verbose = true; return 0;
	case ARGP_KEY_ARG:
		c->paths = lr_grow(c->paths, c->path_count + 1, sizeof(*c->paths));
		c->paths[c->path_count++] = arg;
		return 0;
	default: return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "[DIR...]",
	.doc = "List tracked processes and recordings, newest first.\vWithout DIR, recordings are looked for in the "
	       "working directory, in the directories that `leakscope run` has written to, in dir= and store= of "
	       "LEAKSCOPE_OPTIONS, and among the files that running processes have mapped.",
};

/* Local time, as a list is read by people: "2026-11-23 18:37:06". */
static void format_time(char text[32], uint64_t ns, bool utc)
{
	time_t seconds = (time_t)(ns / 1000000000u);
	struct tm tm;

	if (!(utc ? gmtime_r(&seconds, &tm) : localtime_r(&seconds, &tm)) ||
	    !strftime(text, 32, utc ? "%Y-%m-%dT%H:%M:%SZ" : "%Y-%m-%d %H:%M:%S", &tm))
		strcpy(text, "?");
}

static void state_text(char text[32], const struct lr_listed *item)
{
	if (strcmp(item->state, "exited") == 0)
		snprintf(text, 32, "exited %d", item->exit_code);
	else if (strcmp(item->state, "signalled") == 0)
		snprintf(text, 32, "signal %d", item->signal);
	else
		snprintf(text, 32, "%s", item->state);
}

static void put_padded(const char *text, size_t width)
{
	size_t columns = lr_text_put(stdout, text, width);

	printf("%*s  ", (int)(columns < width ? width - columns : 0), "");
}

static void write_text(const struct lr_listing *listing)
{
	char started[32], state[32], size[LR_UNIT_SIZE], duration[LR_UNIT_SIZE];
	char gpu[LR_UNIT_SIZE];
	bool on_gpu = false;
	size_t program = 7;

	for (size_t i = 0; i < listing->count; i++) {
		size_t width = lr_text_width(listing->items[i].program);

		program = width > program ? width : program;
		on_gpu = on_gpu || listing->items[i].device_bytes;
	}
	if (program > 24)
		program = 24;
	printf("%7s  %-10s  %-19s  %10s  %10s  ", "PID", "STATE", "STARTED", "DURATION", "LIVE");
	if (on_gpu)
		printf("%10s  ", "ON GPU");
	printf("%-*s  %s\n", (int)program, "PROGRAM", "PATH");
	for (size_t i = 0; i < listing->count; i++) {
		const struct lr_listed *item = &listing->items[i];

		state_text(state, item);
		format_time(started, item->started_ns, false);
		printf("%7u  %-10s  %-19s  %10s  %10s  ", item->pid, state, started,
		       lr_seconds(duration, item->duration_s), lr_size(size, item->live_bytes));
		if (on_gpu)
			printf("%10s  ", lr_size(gpu, item->device_bytes));
		put_padded(item->program, program);
		lr_text_put(stdout, item->path, 0);
		putchar('\n');
	}
}

static void write_json(const struct lr_listing *listing, const struct lr_listing *removed)
{
	struct lr_json json;
	char started[32];

	lr_json_start(&json, stdout);
	lr_json_open(&json, '{', false);
	lr_json_put_text(&json, "schema", "leakscope/list/1");
	lr_json_key(&json, "recordings");
	lr_json_open(&json, '[', false);
	for (size_t i = 0; i < listing->count; i++) {
		const struct lr_listed *item = &listing->items[i];

		format_time(started, item->started_ns, true);
		lr_json_open(&json, '{', true);
		lr_json_put_number(&json, "pid", item->pid);
		lr_json_put_text(&json, "state", item->state);
		lr_json_key(&json, "exit_code");
		if (strcmp(item->state, "exited") == 0)
			lr_json_signed(&json, item->exit_code);
		else
			lr_json_null(&json);
		lr_json_key(&json, "signal");
		if (strcmp(item->state, "signalled") == 0)
			lr_json_signed(&json, item->signal);
		else
			lr_json_null(&json);
		lr_json_put_text(&json, "started", started);
		lr_json_put_real(&json, "duration_s", item->duration_s);
		lr_json_put_number(&json, "live_bytes", item->live_bytes);
		lr_json_put_number(&json, "device_bytes", item->device_bytes);
		lr_json_put_text(&json, "program", item->program);
		lr_json_put_text(&json, "path", item->path);
		lr_json_close(&json, '}');
	}
	lr_json_close(&json, ']');
	lr_json_key(&json, "removed");
	lr_json_open(&json, '[', false);
	for (size_t i = 0; i < removed->count; i++)
		lr_json_text(&json, removed->items[i].path);
	lr_json_close(&json, ']');
	lr_json_close(&json, '}');
	putchar('\n');
}

/* Take stale items off the disk and from LISTING to REMOVED. */
static int prune(struct lr_listing *listing, struct lr_listing *removed, struct lr_error *err)
{
	size_t kept = 0;
	int result = 0;

	removed->items = lr_alloc(listing->count, sizeof(*removed->items));
	for (size_t i = 0; i < listing->count; i++) {
		const struct lr_listed *item = &listing->items[i];
		bool stale = result == 0 && lr_listed_stale(item);
		int removal = stale ? lr_listed_remove(item, err) : 1;

		if (removal < 0)
			result = -1; /* the first failure is told, and ends the pruning */
		if (removal == 0)
			removed->items[removed->count++] = *item;
		else
			listing->items[kept++] = *item;
	}
	listing->count = kept;
	return result;
}

static int list(struct list_command *c, struct lr_listing *listing)
{
	struct lr_listing removed = {0};
	int result = 0;

	for (size_t i = 0; i < c->path_count; i++) {
		if (lr_listing_add(listing, c->paths[i], &c->err) != 0)
			return -1;
	}
	if (c->path_count == 0) {
		lr_listing_add_running(listing);
		lr_listing_add_known(listing);
	}
	lr_listing_sort(listing);
	if (c->prune)
		result = prune(listing, &removed, &c->err);
	for (size_t i = 0; i < removed.count && !c->json; i++) {
		fputs("removed ", stdout);
		lr_text_put(stdout, removed.items[i].path, 0);
		putchar('\n');
	}
	if (c->json)
		write_json(listing, &removed);
	else if (listing->count)
		write_text(listing);
	else
		puts("no recordings found");
	for (size_t i = 0; i < listing->note_count && c->verbose; i++) {
		fputs("note: ", stderr);
		lr_text_put(stderr, listing->notes[i], 0);
		fputc('\n', stderr);
	}
	lr_listing_free(&removed);
	if (result == 0 && (fflush(stdout) != 0 || ferror(stdout)))
		result = lr_fail(&c->err, "cannot write the list: %s", strerror(errno));
	return result;
}

static int run_list(int argc, char **argv);

const struct lr_command lr_cmd_list = {
	.name = "list",
	.summary = "list tracked processes and recordings, newest first",
	.argp = &argp,
	.run = run_list,
};

static int run_list(int argc, char **argv)
{
	struct lr_listing listing = {0};
	struct list_command c = {0};
	int status = LR_EXIT_OK;

	if (lr_parse_args(&lr_cmd_list, argc, argv, 0, &c, &c.err) != 0 || list(&c, &listing) != 0)
		status = lr_bad_input(&c.err);
	lr_listing_free(&listing);
	free(c.paths);
	return status;
}
