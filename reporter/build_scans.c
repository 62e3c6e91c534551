/* SPDX-License-Identifier: MIT */
/*
 * Reachability scans: which scan a block's verdict comes from (shim/FORMAT.md, "Scans,
 * verdicts and roots"), finding it there, and saying in plain words what the kinds rest
 * on.  Sets of a true recording don't overlap: what is kept for them all together is
 * bounded by the verdicts that the file has.
 */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "build_internal.h"
#include "units.h"

#define STRIDE 32u           /* verdicts behind one entry of a set's index */
#define MOST_SETS UINT16_MAX /* struct lr_block names them in 16 bits */

static uint32_t index_length(const struct lr_scan_set *set)
{
	return (set->count + STRIDE - 1) / STRIDE;
}

/* Fill SET from SCAN; false if nothing of it is there.  BUDGET: verdicts not yet in a set. */
static bool fill_set(const struct lr_builder *b, struct lr_scan_set *set,
		     const struct ls_scan *scan, uint64_t *budget)
{
	uint32_t there = 0, i;

	memset(set, 0, sizeof *set);
	set->scan = scan;
	set->verdicts = lr_recording_span(b->recording, LS_SEC_VERDICTS, scan->first, &there);
	set->count = scan->count < there ? scan->count : there;
	if (!set->verdicts || !set->count || set->count > *budget)
		return false;
	*budget -= set->count;
	set->roots = lr_recording_span(b->recording, LS_SEC_ROOTS, scan->roots_first, &there);
	if (set->roots)
		set->root_count = scan->roots_count < there ? scan->roots_count : there;
	set->index = lr_alloc(index_length(set), sizeof *set->index);
	for (i = 0; i < index_length(set); i++)
		set->index[i] = set->verdicts[i * STRIDE].address;
	return true;
}

static int by_number(const void *a, const void *b)
{
	const struct ls_scan *x = *(const struct ls_scan *const *)a;
	const struct ls_scan *y = *(const struct ls_scan *const *)b;

	return x->number < y->number ? -1 : x->number > y->number;
}

static void read_overhead(struct lr_builder *b, const struct lr_scans *scans, uint64_t done)
{
	struct lr_model *m = b->model;

	m->overhead.scans = done;
	if (!scans->last)
		return;
	m->overhead.scan_s = (double)scans->last->scan_ns / 1e9;
	m->overhead.scan_pause_s = (double)scans->last->pause_ns / 1e9;
	m->overhead.scan_memory_bytes = scans->last->memory_bytes;
	m->overhead.scan_threads_unseen = scans->last->threads_unseen;
}

struct lr_scans *lr_scans_new(struct lr_builder *b)
{
	uint32_t count = lr_recording_count(b->recording, LS_SEC_SCANS), i, id, reach = 0;
	uint64_t budget = lr_recording_count(b->recording, LS_SEC_VERDICTS);
	const struct ls_scan **list = lr_alloc((size_t)count + 1, sizeof *list);
	struct lr_scans *scans = lr_alloc(1, sizeof *scans);
	size_t exits = 0, done = 0, k;

	for (i = 0; i < count; i++) {
		const struct ls_scan *scan = lr_recording_at(b->recording, LS_SEC_SCANS, i, &id);

		if (!scan || scan->state == LS_SCAN_NONE)
			continue;
		if (!scans->attempt || scan->number > scans->attempt->number)
			scans->attempt = scan;
		if (scan->state != LS_SCAN_DONE)
			continue;
		done++;
		if (!scans->last || scan->number > scans->last->number)
			scans->last = scan;
		if (scan->flags & LS_SCAN_AT_EXIT)
			list[exits++] = scan;
	}
	read_overhead(b, scans, done);
	if (exits)
		qsort(list, exits, sizeof *list, by_number);
	scans->sets = lr_alloc(exits + 1, sizeof *scans->sets);
	for (k = 0; k < exits && scans->count < MOST_SETS; k++) {
		struct lr_scan_set *set = &scans->sets[scans->count];

		scans->final = list[k]->flags & LS_SCAN_FINAL && !list[k]->count;
		if (!fill_set(b, set, list[k], &budget))
			continue;
		scans->final = list[k]->flags & LS_SCAN_FINAL && set->count == list[k]->count;
		if (set->scan->epoch > reach)
			reach = set->scan->epoch;
		set->epoch_reach = reach;
		scans->count++;
	}
	scans->exits = scans->count;
	if (scans->last && !(scans->last->flags & LS_SCAN_AT_EXIT) &&
	    fill_set(b, &scans->sets[scans->count], scans->last, &budget))
		scans->count++;
	free(list);
	return scans;
}

void lr_scans_free(struct lr_scans *scans)
{
	size_t i;

	if (!scans)
		return;
	for (i = 0; i < scans->count; i++)
		free(scans->sets[i].index);
	free(scans->sets);
	free(scans);
}

uint32_t lr_scan_set_below(const struct lr_scan_set *set, uint64_t address)
{
	uint32_t low = 0, high = index_length(set), end;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (set->index[middle] <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (!low)
		return 0;
	low = (low - 1) * STRIDE;
	end = set->count - low < STRIDE ? set->count : low + STRIDE;
	while (low < end && set->verdicts[low].address <= address)
		low++;
	return low;
}

/* The set that decides about blocks of BIRTH, NULL = they came after all scans. */
static struct lr_scan_set *deciding_set(struct lr_scans *scans, uint32_t birth)
{
	size_t low = 0, high = scans->exits;

	/* the first whose epoch is above it is the first up to which some epoch is */
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (scans->sets[middle].epoch_reach > birth)
			high = middle;
		else
			low = middle + 1;
	}
	if (low < scans->count && (low < scans->exits || birth < scans->sets[low].scan->epoch))
		return &scans->sets[low];
	return NULL;
}

/* What SET says of BLOCK, NULL = nothing. */
static const struct ls_verdict *verdict_of(const struct lr_scan_set *set,
					   const struct lr_block *block)
{
	uint32_t at = lr_scan_set_below(set, block->address);
	const struct ls_verdict *verdict = at ? &set->verdicts[at - 1] : NULL;

	return verdict && verdict->address == block->address && verdict->kind >= LS_KIND_DEFINITE &&
			       verdict->kind <= LS_KIND_REACHABLE
		       ? verdict
		       : NULL;
}

enum ls_kind lr_scans_kind(struct lr_scans *scans, struct lr_block *block)
{
	struct lr_scan_set *set = deciding_set(scans, block->birth);
	const struct ls_verdict *verdict = set ? verdict_of(set, block) : NULL;

	/* a thread may have been about to record it when others stood still for that scan */
	while (set && !verdict && set + 1 < scans->sets + scans->exits)
		verdict = verdict_of(++set, block);
	if (verdict) {
		block->set = (uint16_t)(set - scans->sets);
		block->verdict = (uint32_t)(verdict - set->verdicts) + 1;
		scans->classified++;
		scans->by_snapshot += block->set >= scans->exits;
		return verdict->kind;
	}
	/* or when the process ended: then that thread holds it */
	if (scans->final) {
		scans->classified++;
		scans->under_way++;
		return LS_KIND_REACHABLE;
	}
	scans->younger += scans->count && !set;
	scans->unclassified++;
	return LS_KIND_UNCLASSIFIED;
}

/* In any of its spellings. */
bool lr_scan_is_off(const char *options)
{
	static const char *const values[] = {"0", "no", "off", "false"};
	const char *p = options, *value;
	size_t length, i;

	for (; p; p = strchr(p, ':')) {
		p += *p == ':';
		if (strncmp(p, "scan=", 5) != 0)
			continue;
		value = p + 5;
		length = strcspn(value, ":");
		for (i = 0; i < sizeof values / sizeof *values; i++) {
			if (strlen(values[i]) == length && strncmp(value, values[i], length) == 0)
				return true;
		}
	}
	return false;
}

/* The shim may have said it already, in words of its own. */
static bool is_said(const struct lr_model *m)
{
	size_t i;

	for (i = 0; i < m->note_count; i++) {
		if (strstr(m->notes[i].text, "classified"))
			return true;
	}
	return false;
}

/* Why no scan has classified anything: the end of a sentence, NULL = it is said already. */
static const char *why_no_scan(const struct lr_builder *b)
{
	const struct lr_scans *scans = b->scans;
	const struct lr_model *m = b->model;
	bool running = strcmp(m->state, "running") == 0;
	const char *name;

	if (scans->attempt && scans->attempt->state == LS_SCAN_BUSY)
		return running ? "a leak scan is under way"
			       : "the process ended in the middle of its leak scan";
	if (b->header->scans_failed || (scans->attempt && scans->attempt->state == LS_SCAN_FAILED))
		return NULL; /* a warning of the shim says why */
	if (lr_scan_is_off(m->options))
		return "the leak scan was switched off (scan=0)";
	if (scans->last)
		return "the verdicts of the leak scan are not in the recording";
	if (running)
		return lr_arena_printf(b->arena,
				       "no leak scan was made yet; `leakscope snapshot %" PRIu32
				       "` finds out which are lost",
				       m->pid);
	if (strcmp(m->state, "signalled") == 0) {
		name = sigabbrev_np(m->signal);
		return lr_arena_printf(b->arena,
				       "signal %d%s%s ended the process before a leak scan",
				       m->signal, name ? " SIG" : "", name ? name : "");
	}
	if (strcmp(m->state, "unknown") == 0)
		return "the process was gone before a leak scan";
	return "the process ended without a leak scan";
}

/* "kinds are as of the snapshot 'warm' at 3.0 s" */
static void snapshot_note(struct lr_builder *b)
{
	const struct ls_scan *scan = b->scans->last;
	const struct ls_snapshot *snapshot;
	const char *label = NULL;
	char at[LR_UNIT_SIZE];

	snapshot = lr_recording_get(b->recording, LS_SEC_SNAPSHOTS, scan->snapshot, NULL);
	if (snapshot && snapshot->state == 1)
		label = lr_recording_string(b->recording, snapshot->label);
	lr_seconds(at, lr_tick_s(scan->tick));
	if (label)
		lr_build_note(b, LS_NOTE_INFO, "kinds are as of the snapshot %.100s at %s", label,
			      at);
	else
		lr_build_note(b, LS_NOTE_INFO, "kinds are as of a snapshot at %s", at);
}

void lr_scans_notes(struct lr_builder *b)
{
	const struct lr_scans *scans = b->scans;
	bool running = strcmp(b->model->state, "running") == 0;
	char count[LR_UNIT_SIZE];
	const char *why = NULL;

	if (strcmp(b->model->state, "exec") == 0)
		return;
	if (scans->by_snapshot)
		snapshot_note(b);
	if (scans->under_way) {
		lr_count(count, scans->under_way);
		lr_build_note(b, LS_NOTE_INFO,
			      "%s %s under way in other threads when the process ended: reachable",
			      count, lr_plural(scans->under_way, "block was", "blocks were"));
	}
	if (!scans->unclassified || is_said(b->model))
		return;
	lr_count(count, scans->unclassified);
	if (!scans->count)
		why = why_no_scan(b);
	else if (!scans->younger)
		why = "the leak scan says nothing of them";
	else if (running)
		why = lr_arena_printf(b->arena,
				      "they came after the last leak scan; `leakscope snapshot "
				      "%" PRIu32 "` makes another",
				      b->model->pid);
	else
		why = "they came after the last leak scan";
	if (!why)
		return;
	lr_build_note(b, LS_NOTE_INFO, "%s %s unclassified: %s", count,
		      lr_plural(scans->unclassified, "block is", "blocks are"), why);
	b->model->unclassified_note = b->model->notes[b->model->note_count - 1].text;
}
