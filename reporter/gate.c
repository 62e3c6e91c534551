/* SPDX-License-Identifier: MIT */
/*
 * The gate's verdict: leaks of all recordings summed by fingerprint, compared with
 * the baseline, and the limits.
 */
#include "gate.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "fingerprint.h"
#include "gpu.h"
#include "names.h"
#include "out_github.h"
#include "units.h"

/* Functions named in a baseline's line, and the length at which it is cut. */
enum { WHAT_FUNCTIONS = 4, WHAT_NAME = 80 };

/* struct lr_gate_leak moves as its array grows: the table holds indexes. */
struct entry {
	char fingerprint[33];
	size_t leak;
	UT_hash_handle hh;
};

/* TEXT in the arena, fit for one line of any output. */
static const char *keep(struct lr_gate *gate, const char *text)
{
	char *copy = lr_arena_string(gate->arena, text);

	for (char *p = copy; *p; p++) {
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = '?';
	}
	return copy;
}

char *lr_amount_text(char buffer[LR_AMOUNT_SIZE], uint64_t bytes, uint64_t blocks, uint64_t handles)
{
	char size[LR_UNIT_SIZE], count[LR_UNIT_SIZE], more[LR_UNIT_SIZE];

	blocks -= handles;
	if (!handles)
		snprintf(buffer, LR_AMOUNT_SIZE, "%s in %s %s", lr_size(size, bytes),
			 lr_count(count, blocks), lr_plural(blocks, "block", "blocks"));
	else if (!blocks)
		snprintf(buffer, LR_AMOUNT_SIZE, "%s %s", lr_count(more, handles),
			 lr_plural(handles, "GPU handle", "GPU handles"));
	else
		snprintf(buffer, LR_AMOUNT_SIZE, "%s in %s %s and %s %s", lr_size(size, bytes),
			 lr_count(count, blocks), lr_plural(blocks, "block", "blocks"),
			 lr_count(more, handles), lr_plural(handles, "GPU handle", "GPU handles"));
	return buffer;
}

char *lr_leak_text(char buffer[LR_AMOUNT_SIZE], uint64_t bytes, uint64_t blocks,
		   enum ls_memory memory, enum ls_resource_type call)
{
	const char *noun = lr_gpu_noun(memory, call, blocks);
	char size[LR_UNIT_SIZE], count[LR_UNIT_SIZE];

	if (memory == LS_MEM_HANDLE)
		snprintf(buffer, LR_AMOUNT_SIZE, "%s %s", lr_count(count, blocks), noun);
	else
		snprintf(buffer, LR_AMOUNT_SIZE, "%s in %s %s", lr_size(size, bytes),
			 lr_count(count, blocks), noun);
	return buffer;
}

const char *lr_gate_state_name(enum lr_gate_state state)
{
	static const char *const names[] = {"new", "grown", "accepted"};

	return names[state];
}

const struct lr_frame *lr_own_frame(const struct lr_leak *leak)
{
	for (size_t i = 0; i < leak->frame_count; i++) {
		if (leak->frames[i].user)
			return &leak->frames[i];
	}
	for (size_t i = 0; i < leak->frame_count; i++) {
		if (leak->frames[i].function)
			return &leak->frames[i];
	}
	return leak->frame_count ? &leak->frames[0] : NULL;
}

static const char *function_name(struct lr_gate *gate, const struct lr_frame *frame)
{
	if (frame->function)
		return frame->function;
	if (frame->module)
		return lr_arena_printf(gate->arena, "%s+0x%" PRIx64, lr_basename(frame->module),
				       frame->offset);
	return lr_arena_printf(gate->arena, "0x%" PRIx64, frame->offset);
}

/* "in /epoch/batch: load < run < main": the program's own functions, innermost first. */
static const char *describe(struct lr_gate *gate, const struct lr_leak *leak)
{
	const struct lr_frame *own = lr_own_frame(leak);
	const char *text = lr_arena_printf(gate->arena, "in %s:", leak->scope);
	bool only_own = own && own->user;
	size_t named = 0;

	for (size_t i = own ? (size_t)(own - leak->frames) : 0; i < leak->frame_count; i++) {
		const char *name;

		if (!leak->frames[i].user && only_own)
			continue;
		if (named == WHAT_FUNCTIONS)
			break;
		name = function_name(gate, &leak->frames[i]);
		text = lr_arena_printf(gate->arena, "%s%s %.*s%s", text, named ? " <" : "",
				       WHAT_NAME, name, strlen(name) > WHAT_NAME ? "..." : "");
		named++;
	}
	return keep(gate, named ? text : lr_arena_printf(gate->arena, "%s unknown", text));
}

static void describe_place(struct lr_gate *gate, struct lr_gate_leak *to,
			   const struct lr_leak *leak)
{
	const struct lr_frame *own = lr_own_frame(leak);

	to->kind = leak->kind;
	to->memory = leak->memory;
	to->call = leak->gpu ? leak->gpu->call : LS_RES_NONE;
	to->scope = keep(gate, leak->scope);
	to->largest = leak->bytes;
	to->file = NULL;
	to->line = 0;
	to->function = own ? keep(gate, function_name(gate, own)) : "unknown";
	to->where = "";
	if (own && own->file) {
		to->file = keep(gate, lr_in_workspace(own->file));
		to->line = own->line;
		to->where = own->line ? lr_arena_printf(gate->arena, "%s:%u", to->file, own->line)
				      : to->file;
	} else if (own && own->module && own->function) {
		to->where = keep(gate, lr_arena_printf(gate->arena, "%s+0x%" PRIx64,
						       lr_basename(own->module), own->offset));
	}
	to->what = describe(gate, leak);
}

static struct lr_gate_leak *leak_of(struct lr_gate *gate, const struct lr_leak *leak)
{
	struct entry *index = gate->index, *entry;
	struct lr_gate_leak *to;

	HASH_FIND(hh, index, leak->fingerprint, 32, entry);
	if (entry)
		return &gate->leaks[entry->leak];
	if (gate->leak_count == gate->leak_capacity) {
		gate->leak_capacity = gate->leak_capacity ? gate->leak_capacity * 2 : 64;
		gate->leaks = lr_grow(gate->leaks, gate->leak_capacity, sizeof(*gate->leaks));
	}
	entry = lr_arena_alloc(gate->arena, sizeof(*entry));
	memcpy(entry->fingerprint, leak->fingerprint, sizeof(entry->fingerprint));
	entry->leak = gate->leak_count++;
	HASH_ADD_KEYPTR(hh, index, entry->fingerprint, 32, entry);
	gate->index = index;
	to = &gate->leaks[entry->leak];
	memset(to, 0, sizeof(*to));
	memcpy(to->fingerprint, leak->fingerprint, sizeof(to->fingerprint));
	return to;
}

static void add_leak(struct lr_gate *gate, const struct lr_leak *leak)
{
	struct lr_gate_leak *to = leak_of(gate, leak);

	if (!to->scope || leak->bytes > to->largest)
		describe_place(gate, to, leak);
	to->bytes += leak->bytes;
	to->blocks += leak->blocks;
	to->outlived = to->outlived || leak->outlived;
	to->estimated = to->estimated || leak->estimated;
}

static void add_note(struct lr_gate *gate, const char *text)
{
	for (size_t i = 0; i < gate->note_count; i++) {
		if (strcmp(gate->notes[i], text) == 0)
			return;
	}
	gate->notes = lr_grow(gate->notes, gate->note_count + 1, sizeof(*gate->notes));
	gate->notes[gate->note_count++] = text;
}

static void add_blind(struct lr_gate *gate, const char *text)
{
	gate->blind = lr_grow(gate->blind, gate->blind_count + 1, sizeof(*gate->blind));
	gate->blind[gate->blind_count++] = text;
}

void lr_gate_start(struct lr_gate *gate, const struct lr_gate_limits *limits)
{
	*gate = (struct lr_gate){.arena = lr_arena_new(), .limits = *limits};
	for (size_t i = 0; i < LS_MEM_COUNT; i++)
		gate->totals[i].set = i == LS_MEM_HOST;
}

void lr_gate_free(struct lr_gate *gate)
{
	struct entry *index = gate->index;

	HASH_CLEAR(hh, index);
	free(gate->leaks);
	free(gate->notes);
	free(gate->blind);
	free(gate->reasons);
	lr_arena_free(gate->arena);
}

void lr_gate_add(struct lr_gate *gate, const struct lr_view *view)
{
	const struct lr_model *model = view->model;
	bool unclassified = false;

	gate->recordings++;
	for (size_t i = 0; i < LS_MEM_COUNT; i++) {
		struct lr_baseline_total *total = &gate->totals[i];

		total->allocations += model->totals[i].allocations;
		total->allocated_bytes += model->totals[i].allocated_bytes;
		if (model->totals[i].peak_bytes > total->peak_bytes)
			total->peak_bytes = model->totals[i].peak_bytes;
		total->set = total->set || model->totals[i].allocations;
	}
	if (!gate->highest_peak_of || model->totals[LS_MEM_HOST].peak_bytes > gate->highest_peak) {
		gate->highest_peak = model->totals[LS_MEM_HOST].peak_bytes;
		gate->highest_peak_of = keep(gate, model->recording);
	}
	for (size_t i = 0; i < model->note_count; i++) {
		const char *text = model->notes[i].text;

		if (model->notes[i].level >= LS_NOTE_ERROR)
			add_blind(gate, keep(gate, lr_arena_printf(gate->arena, "%s: %s",
								   lr_basename(model->exe), text)));
		else if (model->notes[i].level >= LS_NOTE_WARNING)
			add_note(gate, keep(gate, text));
	}
	if (model->overhead.lost_events) {
		char count[LR_UNIT_SIZE];

		add_note(gate,
			 keep(gate, lr_arena_printf(gate->arena,
						    "%s: %s allocations could not be recorded; the "
						    "verdict knows nothing of them",
						    model->recording,
						    lr_count(count, model->overhead.lost_events))));
	}
	if (strcmp(model->state, "exec") == 0) {
		gate->execs++;
		return; /* its image was replaced: what was live then is no leak */
	}
	if (strcmp(model->state, "running") == 0)
		gate->running++;
	gate->suppressed.bytes += view->summary.suppressed.bytes;
	gate->suppressed.blocks += view->summary.suppressed.blocks;
	gate->suppressed_handles += view->summary.suppressed_handles;
	for (size_t i = 0; i < view->leak_count; i++) {
		add_leak(gate, view->leaks[i]);
		unclassified = unclassified || view->leaks[i]->kind == LS_KIND_UNCLASSIFIED;
	}
	/* what may be reachable fails all the same: whoever reads it has to know why */
	if (unclassified && model->unclassified_note)
		add_note(gate,
			 keep(gate, lr_arena_printf(gate->arena, "%s: %s", lr_basename(model->exe),
						    model->unclassified_note)));
}

static void reason(struct lr_gate *gate, const char *text)
{
	gate->reasons = lr_grow(gate->reasons, gate->reason_count + 1, sizeof(*gate->reasons));
	gate->reasons[gate->reason_count++] = text;
}

static int compare_leaks(const void *a, const void *b)
{
	const struct lr_gate_leak *x = a, *y = b;

	if (x->state != y->state)
		return x->state < y->state ? -1 : 1;
	if (x->bytes != y->bytes)
		return x->bytes > y->bytes ? -1 : 1;
	if (x->blocks != y->blocks)
		return x->blocks > y->blocks ? -1 : 1;
	return strcmp(x->fingerprint, y->fingerprint);
}

/* The part of BYTES that falls to EXCESS of BLOCKS blocks, rounded up. */
static uint64_t share(uint64_t bytes, uint64_t excess, uint64_t blocks)
{
	unsigned __int128 part = (unsigned __int128)bytes * excess + blocks - 1;

	return blocks ? (uint64_t)(part / blocks) : 0;
}

static void judge_leak(struct lr_gate *gate, struct lr_gate_leak *leak)
{
	const struct lr_accepted *accepted =
		gate->baseline ? lr_baseline_find(gate->baseline, leak->fingerprint) : NULL;
	uint64_t excess;

	uint64_t handles = leak->memory == LS_MEM_HANDLE; /* one, or none, for each block */

	leak->accepted = accepted ? lr_accepted_blocks(accepted) : 0;
	if (!accepted) {
		leak->state = LR_LEAK_NEW;
		gate->new_count++;
		gate->fresh.bytes += leak->bytes;
		gate->fresh.blocks += leak->blocks;
		gate->fresh_handles += handles * leak->blocks;
		return;
	}
	if (leak->blocks <= leak->accepted) {
		leak->state = LR_LEAK_ACCEPTED;
		gate->accepted_count++;
		gate->accepted.bytes += leak->bytes;
		gate->accepted.blocks += leak->blocks;
		gate->accepted_handles += handles * leak->blocks;
		return;
	}
	leak->state = LR_LEAK_GROWN;
	gate->grown_count++;
	excess = leak->blocks - leak->accepted;
	gate->fresh.blocks += excess;
	gate->fresh_handles += handles * excess;
	gate->fresh.bytes += share(leak->bytes, excess, leak->blocks);
	gate->accepted.blocks += leak->accepted;
	gate->accepted_handles += handles * leak->accepted;
	gate->accepted.bytes += leak->bytes - share(leak->bytes, excess, leak->blocks);
}

static void judge_growth(struct lr_gate *gate, const char *memory, const char *what, bool bytes,
			 uint64_t was, uint64_t is)
{
	char old[LR_UNIT_SIZE], new[LR_UNIT_SIZE];
	double percent = was ? ((double)is - (double)was) * 100 / (double)was : 0;

	if (is <= was || (was && percent <= gate->limits.growth_percent))
		return;
	if (bytes) {
		lr_size(old, was);
		lr_size(new, is);
	} else {
		lr_count(old, was);
		lr_count(new, is);
	}
	if (was)
		reason(gate,
		       lr_arena_printf(
			       gate->arena,
			       "--max-growth-percent %g: %s %s grew by %.1f %%, from %s to %s",
			       gate->limits.growth_percent, memory, what, percent, old, new));
	else
		reason(gate,
		       lr_arena_printf(gate->arena,
				       "--max-growth-percent %g: %s %s grew from nothing to %s",
				       gate->limits.growth_percent, memory, what, new));
}

static void judge_limits(struct lr_gate *gate)
{
	const struct lr_gate_limits *limits = &gate->limits;
	const struct lr_baseline_total *was =
		gate->baseline ? lr_baseline_totals(gate->baseline) : NULL;
	const char *unaccepted = gate->baseline ? " beyond the baseline" : "";
	char found[LR_UNIT_SIZE], limit[LR_UNIT_SIZE];

	for (size_t i = 0; i < gate->blind_count; i++)
		reason(gate, gate->blind[i]);
	for (size_t i = 0; i < gate->leak_count; i++) {
		if (gate->leaks[i].state == LR_LEAK_GROWN)
			reason(gate,
			       lr_arena_printf(
				       gate->arena,
				       "baseline: %s %s of a leak that is accepted up to %s (%s)",
				       lr_count(found, gate->leaks[i].blocks),
				       lr_gpu_noun(gate->leaks[i].memory, gate->leaks[i].call,
						   gate->leaks[i].blocks),
				       lr_count(limit, gate->leaks[i].accepted),
				       gate->leaks[i].function));
	}
	if (limits->leaked_bytes != LR_NO_LIMIT && gate->fresh.bytes > limits->leaked_bytes)
		reason(gate, lr_arena_printf(gate->arena,
					     "--max-leaked-bytes: the limit is %s, found %s%s",
					     lr_size(limit, limits->leaked_bytes),
					     lr_size(found, gate->fresh.bytes), unaccepted));
	if (limits->leaked_blocks != LR_NO_LIMIT && gate->fresh.blocks > limits->leaked_blocks)
		reason(gate, lr_arena_printf(gate->arena,
					     "--max-leaked-blocks: the limit is %s, found %s%s",
					     lr_count(limit, limits->leaked_blocks),
					     lr_count(found, gate->fresh.blocks), unaccepted));
	/* no limit on bytes can hold what has none */
	if (limits->leaked_blocks == LR_NO_LIMIT && gate->fresh_handles)
		reason(gate, lr_arena_printf(gate->arena,
					     "GPU handles: found %s%s; --max-leaked-blocks sets a "
					     "limit that counts them",
					     lr_count(found, gate->fresh_handles), unaccepted));
	if (limits->peak_bytes != LR_NO_LIMIT && gate->highest_peak > limits->peak_bytes)
		reason(gate, lr_arena_printf(gate->arena,
					     "--max-peak-bytes: the limit is %s (%" PRIu64
					     " bytes), the peak was "
					     "%s (%" PRIu64 " bytes) in %s",
					     lr_size(limit, limits->peak_bytes), limits->peak_bytes,
					     lr_size(found, gate->highest_peak), gate->highest_peak,
					     gate->highest_peak_of));
	for (size_t i = 0; was && limits->growth_percent >= 0 && i < LS_MEM_COUNT; i++) {
		const char *memory = lr_memory_name((enum ls_memory)i);

		judge_growth(gate, memory, "peak", true, was[i].peak_bytes,
			     gate->totals[i].peak_bytes);
		judge_growth(gate, memory, "allocations", false, was[i].allocations,
			     gate->totals[i].allocations);
		judge_growth(gate, memory, "allocated bytes", true, was[i].allocated_bytes,
			     gate->totals[i].allocated_bytes);
	}
}

static size_t count_gone(const struct lr_gate *gate)
{
	struct entry *index = gate->index, *entry;
	size_t gone = 0;

	for (size_t i = 0; gate->baseline && i < lr_baseline_count(gate->baseline); i++) {
		const struct lr_accepted *accepted = lr_baseline_get(gate->baseline, i);

		/* What somebody gave a max= stays in the baseline, there or not. */
		HASH_FIND(hh, index, accepted->fingerprint, 32, entry);
		gone += !entry && !accepted->has_max;
	}
	return gone;
}

static const char *headline(struct lr_gate *gate)
{
	char amount[LR_AMOUNT_SIZE], limit[LR_UNIT_SIZE];
	const char *among = "";

	if (gate->recordings != 1)
		among = lr_arena_printf(gate->arena, " in %s recordings",
					lr_count(limit, gate->recordings));
	if (gate->new_count + gate->grown_count == 0) {
		if (gate->blind_count)
			return "leaks are not known: not everything could be tracked";
		if (!gate->pass)
			return lr_arena_printf(gate->arena, "%s%s, but another limit is passed",
					       gate->accepted_count ? "no new leaks" : "no leaks",
					       among);
		return lr_arena_printf(gate->arena, "%s%s",
				       gate->accepted_count ? "no new leaks" : "no leaks", among);
	}
	lr_amount_text(amount, gate->fresh.bytes, gate->fresh.blocks, gate->fresh_handles);
	return lr_arena_printf(gate->arena, "leaked %s%s%s%s", amount,
			       gate->baseline ? " beyond the baseline" : "", among,
			       gate->pass ? ", within the limits" : "");
}

void lr_gate_judge(struct lr_gate *gate, const struct lr_baseline *baseline, const char *path)
{
	struct entry *index = gate->index, *entry;

	gate->baseline = baseline;
	gate->baseline_path = path ? keep(gate, path) : NULL;
	gate->fresh = gate->accepted = (struct lr_amount){0, 0};
	gate->fresh_handles = gate->accepted_handles = 0;
	gate->new_count = gate->grown_count = gate->accepted_count = gate->reason_count = 0;
	for (size_t i = 0; i < gate->leak_count; i++)
		judge_leak(gate, &gate->leaks[i]);
	if (gate->leak_count)
		qsort(gate->leaks, gate->leak_count, sizeof(*gate->leaks), compare_leaks);
	for (size_t i = 0; i < gate->leak_count; i++) {
		HASH_FIND(hh, index, gate->leaks[i].fingerprint, 32, entry);
		if (entry)
			entry->leak = i;
	}
	gate->gone_count = count_gone(gate);
	judge_limits(gate);
	gate->pass = gate->reason_count == 0;
	gate->headline = headline(gate);
}

static int compare_found(const void *a, const void *b)
{
	const struct lr_found *x = a, *y = b;
	int order = strcmp(x->what, y->what);

	return order ? order : strcmp(x->fingerprint, y->fingerprint);
}

const struct lr_found *lr_gate_found(struct lr_gate *gate)
{
	struct lr_found *found = lr_arena_array(gate->arena, gate->leak_count + 1, sizeof(*found));

	for (size_t i = 0; i < gate->leak_count; i++) {
		const struct lr_gate_leak *leak = &gate->leaks[i];

		found[i] = (struct lr_found){
			.blocks = leak->blocks, .bytes = leak->bytes, .what = leak->what};
		memcpy(found[i].fingerprint, leak->fingerprint, sizeof(found[i].fingerprint));
	}
	qsort(found, gate->leak_count, sizeof(*found), compare_found);
	return found;
}
