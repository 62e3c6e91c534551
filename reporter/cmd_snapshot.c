/* SPDX-License-Identifier: MIT */
/* leakscope snapshot: have a running process look for its leaks, and say what it found. */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "build.h"
#include "cmd.h"
#include "find.h"
#include "names.h"
#include "recording.h"
#include "snapshot_request.h"
#include "term.h"
#include "units.h"

#define TIMEOUT_MS 60000

static const struct argp_option options[] = {
	{"label", 'l', "LABEL", 0,
	 "Name of the snapshot, for `diff` and `report --since` (default: snapshot-1, snapshot-2, ...)",
	 1},
	{0},
};

struct snapshot {
	struct lr_error err;
	const char *label, *pid;
	char made_label[32];
};

static volatile sig_atomic_t interrupted;

static void on_interrupt(int signal)
{
	(void)signal;
	interrupted = 1;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct snapshot *s = state->input;

	switch (key) {
	case 'l':
		s->label = arg;
		if (*arg && strlen(arg) <= SNAPSHOT_LABEL_MAX)
			return 0;
		lr_fail(&s->err, "--label: '%.70s' has %zu bytes; a label has 1 to %zu", arg,
			strlen(arg), SNAPSHOT_LABEL_MAX);
		return EINVAL;
	case ARGP_KEY_ARG:
		if (s->pid) {
			lr_fail(&s->err, "one process at a time: '%.64s' is one too many", arg);
			return EINVAL;
		}
		s->pid = arg;
		return 0;
	case ARGP_KEY_NO_ARGS:
		lr_fail(&s->err, "no process given; name a pid, `leakscope list` shows them");
		return EINVAL;
	default: return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "PID",
	.doc = "Take a snapshot of a running, tracked process and look for its leaks, without stopping "
	       "it for long.\vThe process copies itself, and the copy is searched: what it found is in "
	       "the recording from then on, for `leakscope report PID`, `report --since LABEL` and "
	       "`leakscope diff`.",
};

static int run_snapshot(int argc, char **argv);

const struct lr_command lr_cmd_snapshot = {
	"snapshot", "take a snapshot of a running process and scan it for leaks", &argp,
	run_snapshot};

/* Snapshots that there are by now. */
static uint32_t count_snapshots(const struct lr_recording *recording)
{
	uint32_t count = lr_recording_count(recording, LS_SEC_SNAPSHOTS), i, id, n = 0;

	for (i = 0; i < count; i++) {
		const struct ls_snapshot *snapshot =
			lr_recording_at(recording, LS_SEC_SNAPSHOTS, i, &id);

		n += snapshot && snapshot->state == 1;
	}
	return n;
}

static int default_label(struct snapshot *s, const char *path)
{
	struct lr_recording *recording;

	if (lr_recording_open(path, &recording, &s->err) != 0)
		return -1;
	snprintf(s->made_label, sizeof(s->made_label), "snapshot-%" PRIu32,
		 count_snapshots(recording) + 1);
	s->label = s->made_label;
	lr_recording_close(recording);
	return 0;
}

/* The latest snapshot of that label, NULL = it was not even taken. */
static const struct ls_snapshot *find_snapshot(const struct lr_recording *recording,
					       const char *label)
{
	uint32_t i = lr_recording_count(recording, LS_SEC_SNAPSHOTS), id;

	while (i-- > 0) {
		const struct ls_snapshot *snapshot =
			lr_recording_at(recording, LS_SEC_SNAPSHOTS, i, &id);
		const char *text = snapshot && snapshot->state == 1
					   ? lr_recording_string(recording, snapshot->label)
					   : NULL;

		if (text && strcmp(text, label) == 0)
			return snapshot;
	}
	return NULL;
}

/* The shim says in its notes why a scan could not be made. */
static int fail_scan(struct snapshot *s, const struct lr_recording *recording)
{
	uint32_t count = lr_recording_count(recording, LS_SEC_NOTES), i, id;
	const char *why = NULL, *text;

	for (i = 0; i < count; i++) {
		const struct ls_note *note = lr_recording_at(recording, LS_SEC_NOTES, i, &id);

		if (!note || note->state != 1 || note->level != LS_NOTE_WARNING)
			continue;
		text = lr_recording_string(recording, note->text);
		why = text ? text : why;
	}
	return lr_fail(&s->err,
		       "%s of process %s without a leak scan, which could not be made%s%.300s; "
		       "`leakscope report %s` shows what is known",
		       find_snapshot(recording, s->label) ? "a snapshot was taken"
							  : "no snapshot was taken",
		       s->pid, why ? ": " : "", why ? why : "", s->pid);
}

static void put_kinds(const struct ls_scan *scan)
{
	static const struct {
		enum ls_kind kind;
		const char *name;
	} kinds[] = {{LS_KIND_DEFINITE, "definite"},
		     {LS_KIND_INDIRECT, "indirect"},
		     {LS_KIND_POSSIBLE, "possible"},
		     {LS_KIND_REACHABLE, "reachable"}};
	char count[LR_UNIT_SIZE], size[LR_UNIT_SIZE];
	const char *before = "; ";

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		uint64_t blocks = scan->kinds[kinds[i].kind].blocks;

		if (!blocks)
			continue;
		printf("%s%s %s %s (%s)", before, kinds[i].name, lr_count(count, blocks),
		       lr_plural(blocks, "block", "blocks"),
		       lr_size(size, scan->kinds[kinds[i].kind].bytes));
		before = ", ";
	}
}

static void put_snapshot(const struct snapshot *s, const struct ls_snapshot *snapshot)
{
	char size[LR_UNIT_SIZE], count[LR_UNIT_SIZE];

	fputs("snapshot ", stdout);
	lr_text_put(stdout, s->label, 0);
	printf(" of %s", s->pid);
	if (snapshot)
		printf(": %s live in %s %s", lr_size(size, snapshot->live_bytes),
		       lr_count(count, snapshot->live_blocks),
		       lr_plural(snapshot->live_blocks, "block", "blocks"));
}

/* 0, or -1 with ERR: a scan was wanted and could not be made. */
static int put_result(struct snapshot *s, const struct lr_recording *recording, uint32_t id)
{
	const struct ls_header *header = lr_recording_get_header(recording);
	const char *with = lr_recording_string(recording, header->options);
	const struct ls_snapshot *snapshot = find_snapshot(recording, s->label);
	char pause[LR_UNIT_SIZE], took[LR_UNIT_SIZE];
	const struct ls_scan *scan;

	scan = id ? lr_recording_get(recording, LS_SEC_SCANS, id, NULL) : NULL;
	if (!scan && snapshot && with && lr_scan_is_off(with)) {
		put_snapshot(s, snapshot);
		puts("; no leak scan, since it is switched off (scan=0)");
		return 0;
	}
	if (!scan || scan->state != LS_SCAN_DONE)
		return fail_scan(s, recording);
	if (!snapshot) {
		snapshot = lr_recording_get(recording, LS_SEC_SNAPSHOTS, scan->snapshot, NULL);
		snapshot = snapshot && snapshot->state == 1 ? snapshot : NULL;
	}
	put_snapshot(s, snapshot);
	put_kinds(scan);
	printf("; pause %s, scan %s\n", lr_seconds(pause, (double)scan->pause_ns / 1e9),
	       lr_seconds(took, (double)scan->scan_ns / 1e9));
	return 0;
}

static int print(struct snapshot *s, const char *path, uint32_t id)
{
	struct lr_recording *recording;
	int result;

	if (lr_recording_open(path, &recording, &s->err) != 0)
		return -1;
	result = put_result(s, recording, id);
	lr_recording_close(recording);
	return result;
}

/* The recording that the process is writing now, into PATH. */
static int find(struct snapshot *s, uint32_t *pid, char *path, size_t size)
{
	uint64_t number;

	if (lr_parse_number("PID", s->pid, &number, &s->err) != 0)
		return lr_fail(&s->err,
			       "'%.64s' is not a pid; name a running process, `leakscope list` "
			       "shows them",
			       s->pid);
	*pid = number <= INT32_MAX ? (uint32_t)number : 0;
	if (*pid && lr_find_running(*pid, path, size) == 0)
		return 0;
	if (*pid && lr_find_recording(*pid, path, size) == 0)
		return lr_fail(&s->err,
			       "process %s does not run any more; see `leakscope report %.300s`",
			       s->pid, path);
	return lr_fail(&s->err,
		       "process %s is not tracked; start the program with `leakscope run`, or see "
		       "`leakscope list`",
		       s->pid);
}

static int take(struct snapshot *s)
{
	struct snapshot_request request = {.timeout_ms = TIMEOUT_MS, .interrupted = &interrupted};
	struct sigaction action = {.sa_handler = on_interrupt};
	char path[PATH_MAX];

	if (find(s, &request.pid, path, sizeof(path)) != 0 ||
	    (!s->label && default_label(s, path) != 0))
		return -1;
	request.path = path;
	request.label = s->label;
	sigaction(SIGINT, &action, NULL);
	if (snapshot_request(&request, &s->err) != 0)
		return -1;
	return print(s, path, request.scan);
}

static int run_snapshot(int argc, char **argv)
{
	struct snapshot s = {0};

	if (lr_parse_args(&lr_cmd_snapshot, argc, argv, 0, &s, &s.err) != 0 || take(&s) != 0)
		return lr_bad_input(&s.err);
	return LR_EXIT_OK;
}
