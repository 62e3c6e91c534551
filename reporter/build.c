/* SPDX-License-Identifier: MIT */
/*
 * From a recording to the report model, see build.h: the process, its totals,
 * scopes, snapshots, timeline and notes.  Leaks are in build_leaks.c.
 */
#include "build.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "build_internal.h"
#include "names.h"
#include "units.h"

#define LONGEST_NAME 512u  /* bytes of one scope name */
#define LONGEST_PATH 8192u /* beyond it a path starts anew, by its parent's number */
#define MOST_ARGUMENTS 65536u

void lr_build_note(struct lr_builder *b, enum ls_note_level level, const char *format, ...)
{
	struct lr_model *m = b->model;
	struct lr_note *notes;
	char text[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	if (m->note_count == b->note_room) {
		b->note_room = b->note_room ? 2 * b->note_room : 16;
		notes = lr_arena_array(b->arena, b->note_room, sizeof *notes);
		if (m->note_count)
			memcpy(notes, m->notes, m->note_count * sizeof *notes);
		m->notes = notes;
	}
	m->notes[m->note_count].level = level;
	m->notes[m->note_count++].text = lr_arena_string(b->arena, text);
}

/* A copy of string ID, or FALLBACK. */
static const char *string_of(struct lr_builder *b, uint32_t id, const char *fallback)
{
	const char *text = lr_recording_string(b->recording, id);

	return text ? lr_arena_string(b->arena, text) : fallback;
}

static void read_cmdline(struct lr_builder *b)
{
	const struct ls_header *h = b->header;
	const char *bytes = lr_recording_bytes(b->recording, h->cmdline, h->cmdline_length);
	struct lr_model *m = b->model;
	size_t i, start, count = 0;

	if (!bytes || !h->cmdline_length)
		return;
	for (i = 0; i < h->cmdline_length && count < MOST_ARGUMENTS; i++)
		count += bytes[i] == '\0';
	m->cmdline = lr_arena_array(b->arena, count, sizeof *m->cmdline);
	for (i = start = 0; i < h->cmdline_length && m->cmdline_count < count; i++) {
		if (bytes[i])
			continue;
		m->cmdline[m->cmdline_count++] = lr_arena_bytes(b->arena, bytes + start, i - start);
		start = i + 1;
	}
}

static void read_started(struct lr_builder *b)
{
	uint64_t ms = b->header->started_ns / 1000000;
	time_t seconds = (time_t)(ms / 1000);
	struct tm tm;
	char text[24];

	if (!gmtime_r(&seconds, &tm) || tm.tm_year > 8099)
		memset(&tm, 0, sizeof tm);
	strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(b->model->started, sizeof b->model->started, "%s.%03uZ", text,
		 (unsigned)(ms % 1000));
}

static double duration(const struct ls_header *h, bool running)
{
	struct timespec now;
	uint64_t end = h->ended_ns;

	if (!end && running && clock_gettime(CLOCK_MONOTONIC, &now) == 0)
		end = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
	if (end > h->mono_start_ns)
		return (double)(end - h->mono_start_ns) / 1e9;
	return lr_tick_s(h->tick);
}

static void read_process(struct lr_builder *b)
{
	const struct ls_header *h = b->header;
	struct lr_model *m = b->model;

	m->pid = h->pid;
	m->ppid = h->ppid;
	m->start_ticks = h->start_ticks;
	m->exe = string_of(b, h->exe, "?");
	m->options = string_of(b, h->options, "");
	m->program_rules = string_of(b, h->host_suppressions, NULL);
	m->forked = (h->flags & LS_F_FORKED) != 0;
	m->estimated = h->sample_bytes != 0 || (h->flags & LS_F_SAMPLED) != 0;
	read_cmdline(b);
	read_started(b);
	switch (h->state) {
	case LS_STATE_EXITED:
		m->state = "exited";
		m->exit_code = h->exit_code;
		break;
	case LS_STATE_SIGNALLED:
		m->state = "signalled";
		m->signal = h->signal > 127 ? 0 : (int)h->signal;
		break;
	case LS_STATE_EXEC: m->state = "exec"; break;
	default: m->state = lr_process_alive(h) ? "running" : "unknown"; break;
	}
	m->duration_s = duration(h, strcmp(m->state, "running") == 0);
}

const char *lr_thread_label(struct lr_builder *b, uint32_t id)
{
	const struct ls_thread *thread = lr_recording_get(b->recording, LS_SEC_THREADS, id, NULL);
	char name[sizeof thread->name + 1] = "";

	if (thread && thread->state)
		memcpy(name, thread->name, sizeof thread->name);
	if (!name[0])
		return lr_arena_printf(b->arena, id == 1 ? "%" PRIu32 " main" : "%" PRIu32, id);
	return lr_arena_printf(b->arena, "%" PRIu32 " %s", id, name);
}

/* Scope paths while they are put in order. */
struct node {
	const struct ls_path *record;
	const char *path, *name;
	size_t parent, first_child, last_child, next; /* index + 1, 0 = none */
	size_t position;                              /* in LS_SEC_PATHS; SIZE_MAX = made up */
};

struct tree {
	struct node *nodes; /* [0] is the root */
	size_t count;
	size_t *of_position; /* position -> index + 1 */
};

const char *lr_build_text(struct lr_builder *b, uint32_t id, size_t most)
{
	const char *text = lr_recording_string(b->recording, id);
	size_t length;

	if (!text)
		return NULL;
	length = strnlen(text, most + 1);
	while (length > most || (length && (text[length] & 0xc0) == 0x80))
		length--;
	return lr_arena_bytes(b->arena, text, length);
}

static void name_node(struct lr_builder *b, struct tree *t, struct node *node, uint32_t id)
{
	const struct node *parent = &t->nodes[node->parent - 1];

	node->name = lr_build_text(b, node->record->name, LONGEST_NAME);
	if (!node->name || !*node->name)
		node->name = lr_arena_printf(b->arena, "?%" PRIu32, id);
	if (strlen(parent->path) > LONGEST_PATH)
		node->path = lr_arena_printf(b->arena, "/...%" PRIu32 "/%s", node->record->parent,
					     node->name);
	else
		node->path = lr_arena_printf(b->arena, "%s/%s",
					     node->parent == 1 ? "" : parent->path, node->name);
}

static void read_tree(struct lr_builder *b, struct tree *t)
{
	uint32_t records = lr_recording_count(b->recording, LS_SEC_PATHS), i, id, at;
	struct node *node, *parent;

	t->nodes = lr_alloc((size_t)records + 1, sizeof *t->nodes);
	t->of_position = lr_alloc((size_t)records + 1, sizeof *t->of_position);
	t->nodes[0] = (struct node){.path = "/", .name = "process", .position = SIZE_MAX};
	t->count = 1;
	for (i = 0; i < records; i++) {
		const struct ls_path *r = lr_recording_at(b->recording, LS_SEC_PATHS, i, &id);

		if (!r || r->state != 1)
			continue;
		if (id == 1) {
			t->nodes[0].record = r;
			t->nodes[0].position = i;
			t->of_position[i] = 1;
			continue;
		}
		node = &t->nodes[t->count];
		node->record = r;
		node->position = i;
		node->parent = 1;
		/* a parent is made before its children: anything else would be a loop */
		if (r->parent < id &&
		    lr_recording_get(b->recording, LS_SEC_PATHS, r->parent, &at) &&
		    t->of_position[at])
			node->parent = t->of_position[at];
		name_node(b, t, node, id);
		t->of_position[i] = ++t->count;
		parent = &t->nodes[node->parent - 1];
		if (parent->last_child)
			t->nodes[parent->last_child - 1].next = t->count;
		else
			parent->first_child = t->count;
		parent->last_child = t->count;
	}
}

static uint64_t not_negative(int64_t value)
{
	return value < 0 ? 0 : (uint64_t)value;
}

static void fill_scope(struct lr_scope *scope, const struct node *node, const struct tree *t)
{
	const struct ls_path *r = node->record;

	scope->path = node->path;
	scope->name = node->name;
	scope->parent = node->parent ? t->nodes[node->parent - 1].path : NULL;
	scope->kind = lr_scope_kind_name(r ? r->kind : LS_SCOPE_PROCESS);
	scope->last_closed_s = -1;
	if (!r) {
		scope->instances = scope->open_instances = 1;
		return;
	}
	scope->instances = r->instances;
	scope->open_instances = r->open_instances < r->instances ? r->open_instances : r->instances;
	scope->first_opened_s = lr_tick_s(r->first_opened_tick);
	if (scope->instances > scope->open_instances)
		scope->last_closed_s = lr_tick_s(r->last_closed_tick);
	scope->peak_bytes = not_negative(r->peak_bytes);
	scope->outlived_bytes = r->outlived_bytes;
	scope->outlived_blocks = r->outlived_blocks;
	scope->outlived_freed_bytes = r->outlived_freed_bytes;
	scope->outlived_freed_blocks = r->outlived_freed_blocks;
}

/* Scopes into the model, each after its parent and beside its relatives. */
static void read_scopes(struct lr_builder *b)
{
	struct lr_model *m = b->model;
	struct tree t = {0};
	size_t at = 1;

	read_tree(b, &t);
	m->scopes = lr_arena_array(b->arena, t.count, sizeof *m->scopes);
	b->scope_of =
		lr_arena_array(b->arena, (size_t)lr_recording_count(b->recording, LS_SEC_PATHS) + 1,
			       sizeof *b->scope_of);
	while (at) {
		const struct node *node = &t.nodes[at - 1];

		fill_scope(&m->scopes[m->scope_count++], node, &t);
		if (node->position != SIZE_MAX)
			b->scope_of[node->position] = (uint32_t)m->scope_count;
		if (node->first_child) {
			at = node->first_child;
			continue;
		}
		while (at && !t.nodes[at - 1].next)
			at = t.nodes[at - 1].parent;
		if (at)
			at = t.nodes[at - 1].next;
	}
	free(t.nodes);
	free(t.of_position);
}

size_t lr_scope_index(const struct lr_builder *b, uint32_t path_id)
{
	uint32_t position;

	if (!lr_recording_get(b->recording, LS_SEC_PATHS, path_id, &position) ||
	    !b->scope_of[position])
		return 0;
	return b->scope_of[position] - 1;
}

static void add_figures(struct lr_builder *b, uint32_t path, uint32_t memory, uint64_t allocations,
			uint64_t allocated_bytes, uint64_t frees, uint64_t freed_bytes)
{
	struct lr_scope *scope = &b->model->scopes[lr_scope_index(b, path)];
	struct lr_total *total;

	if (memory >= LS_MEM_COUNT || memory == LS_MEM_IGNORED)
		return;
	total = &b->model->totals[memory];
	total->allocations += allocations;
	total->allocated_bytes += allocated_bytes;
	total->frees += frees;
	total->freed_bytes += freed_bytes;
	scope->allocations += allocations;
	scope->allocated_bytes += allocated_bytes;
}

/* Count the distinct stacks by a bit for each place where one may start. */
struct stack_bits {
	uint8_t *bits;
	uint64_t words;
	uint64_t count;
};

static void see_stack(struct stack_bits *s, uint32_t id)
{
	if (id >= s->words || (s->bits[id / 8] & 1u << id % 8))
		return;
	s->bits[id / 8] |= (uint8_t)(1u << id % 8);
	s->count += id != 0;
}

static void read_figures(struct lr_builder *b)
{
	const struct lr_recording *r = b->recording;
	struct lr_model *m = b->model;
	struct stack_bits stacks = {.words = lr_recording_stack_words(r)};
	uint32_t i, id, count;

	stacks.bits = lr_alloc((size_t)(stacks.words / 8 + 1), 1);
	count = lr_recording_count(r, LS_SEC_CONTEXTS);
	for (i = 0; i < count; i++) {
		const struct ls_context *c = lr_recording_at(r, LS_SEC_CONTEXTS, i, &id);

		if (!c || (c->state != 1 && c->state != 2) || c->memory == LS_MEM_IGNORED)
			continue;
		m->overhead.contexts++;
		see_stack(&stacks, c->stack);
		add_figures(b, c->path, c->memory, c->allocations, c->allocated_bytes,
			    c->frees + c->foreign_frees, c->freed_bytes + c->foreign_freed_bytes);
	}
	count = lr_recording_count(r, LS_SEC_SITES);
	for (i = 0; i < count; i++) {
		const struct ls_site *s = lr_recording_at(r, LS_SEC_SITES, i, &id);

		if (!s || s->state != 1 || s->memory == LS_MEM_IGNORED)
			continue;
		see_stack(&stacks, s->stack);
		add_figures(b, s->path, s->memory, s->allocations, s->allocated_bytes, s->frees,
			    s->freed_bytes);
	}
	m->overhead.distinct_stacks = stacks.count;
	free(stacks.bits);
}

/* Peaks are kept in batches: never below what is live. */
static void read_peaks(struct lr_builder *b)
{
	struct lr_model *m = b->model;
	size_t i;

	for (i = 0; i < LS_MEM_COUNT; i++) {
		struct lr_total *total = &m->totals[i];

		if (i == LS_MEM_IGNORED)
			continue;
		total->peak_bytes = not_negative(b->header->peaks[i].peak_bytes);
		total->peak_s = lr_tick_s(b->header->peaks[i].peak_tick);
		if (total->peak_bytes < total->live_bytes)
			total->peak_bytes = total->live_bytes;
	}
	for (i = 0; i < m->scope_count; i++) {
		if (m->scopes[i].peak_bytes < m->scopes[i].live_bytes)
			m->scopes[i].peak_bytes = m->scopes[i].live_bytes;
	}
}

static void read_overhead(struct lr_builder *b)
{
	const struct ls_header *h = b->header;
	struct lr_model *m = b->model;

	m->overhead.shim_bytes = h->shim_bytes;
	m->overhead.recording_bytes = h->recording_bytes;
	m->overhead.unwinds = h->unwinds;
	m->overhead.unwind_cache_hits = h->unwind_cache_hits;
	m->overhead.unwind_failures = h->unwind_failures;
	m->overhead.lost_events = h->lost_events;
	m->overhead.pending_events = h->pending_events;
	m->overhead.inherited_frees = h->inherited_frees;
	m->overhead.unknown_frees = h->unknown_frees;
	m->overhead.init_s = (double)h->init_ns / 1e9;
	m->overhead.late_device_frees = h->late_device_frees;
	m->overhead.gpu_untracked = (h->gpu_flags & LS_GPU_UNTRACKED) != 0;
}

/* Whether snapshot R had a leak scan made, and it came to an end. */
static bool was_scanned(const struct lr_builder *b, const struct ls_snapshot *r)
{
	const struct ls_scan *scan = lr_recording_get(b->recording, LS_SEC_SCANS, r->scan, NULL);

	if (!r->scan)
		return false;
	/* the record may be a later scan's by now: then this one was done with */
	return !scan || scan->number != r->scan_number || scan->state == LS_SCAN_DONE;
}

static void read_snapshots(struct lr_builder *b)
{
	uint32_t count = lr_recording_count(b->recording, LS_SEC_SNAPSHOTS), i, id;
	struct lr_model *m = b->model;

	m->snapshots = lr_arena_array(b->arena, count, sizeof *m->snapshots);
	for (i = 0; i < count; i++) {
		const struct ls_snapshot *r =
			lr_recording_at(b->recording, LS_SEC_SNAPSHOTS, i, &id);
		struct lr_snapshot *s = &m->snapshots[m->snapshot_count];

		if (!r || r->state != 1)
			continue;
		s->label = string_of(b, r->label, "");
		s->t_s = lr_tick_s(r->tick);
		s->epoch = r->epoch;
		s->live_bytes = r->live_bytes;
		s->live_blocks = r->live_blocks;
		s->pause_s = (double)r->pause_ns / 1e9;
		s->scanned = was_scanned(b, r);
		m->snapshot_count++;
	}
}

static void read_timeline(struct lr_builder *b)
{
	uint32_t count = lr_recording_count(b->recording, LS_SEC_TIMELINE), i, id;
	struct lr_model *m = b->model;

	m->timeline = lr_arena_array(b->arena, count, sizeof *m->timeline);
	for (i = 0; i < count; i++) {
		const struct ls_sample *r = lr_recording_at(b->recording, LS_SEC_TIMELINE, i, &id);
		struct lr_sample *s = &m->timeline[m->sample_count];

		if (!r || r->state != 1)
			continue;
		s->t_s = lr_tick_s(r->tick);
		s->rss_bytes = r->rss_bytes;
		s->host_bytes = r->host_bytes;
		s->device_bytes = r->device_bytes;
		m->sample_count++;
	}
}

static void read_notes(struct lr_builder *b)
{
	uint32_t count = lr_recording_count(b->recording, LS_SEC_NOTES), i, id;
	enum ls_note_level level;
	const char *text;
	size_t k;

	for (i = 0; i < count; i++) {
		const struct ls_note *r = lr_recording_at(b->recording, LS_SEC_NOTES, i, &id);

		text = r && r->state == 1 ? lr_recording_string(b->recording, r->text) : NULL;
		if (!text)
			continue;
		level = r->level == LS_NOTE_ERROR || r->level == LS_NOTE_WARNING
				? (enum ls_note_level)r->level
				: LS_NOTE_INFO;
		if (r->count > 1)
			lr_build_note(b, level, "%s (%" PRIu64 " times)", text, r->count);
		else
			lr_build_note(b, level, "%s", text);
	}
	if (b->header->lost_events)
		lr_build_note(b, LS_NOTE_WARNING, "%" PRIu64 " allocations could not be recorded",
			      b->header->lost_events);
	if (b->header->late_device_frees)
		lr_build_note(b, LS_NOTE_INFO,
			      "%" PRIu64 " %s of GPU memory or handles came while the CUDA driver "
			      "was shutting down: no leaks",
			      b->header->late_device_frees,
			      lr_plural(b->header->late_device_frees, "release", "releases"));
	for (k = 0; k < lr_recording_note_count(b->recording); k++)
		lr_build_note(b, LS_NOTE_WARNING, "%s", lr_recording_note(b->recording, k));
}

int lr_model_build(const struct lr_recording *recording, const char *name,
		   const struct lr_build_options *options, struct lr_model **model,
		   struct lr_error *err)
{
	struct lr_builder b = {
		.recording = recording,
		.header = lr_recording_get_header(recording),
		.options = options,
		.arena = lr_arena_new(),
	};
	size_t i;
	int rc;

	b.model = lr_arena_alloc(b.arena, sizeof *b.model);
	b.model->arena = b.arena;
	b.model->recording = lr_arena_string(b.arena, name);
	read_process(&b);
	read_scopes(&b);
	read_snapshots(&b);
	read_timeline(&b);
	lr_build_devices(&b);
	read_figures(&b);
	read_overhead(&b);
	read_notes(&b);
	b.modules = lr_modules_new(&b);
	b.scans = lr_scans_new(&b);
	rc = lr_build_leaks(&b, err);
	read_peaks(&b);
	lr_modules_free(b.modules);
	lr_scans_free(b.scans);
	if (options->symbols) {
		for (i = 0; i < lr_symbols_note_count(options->symbols); i++)
			lr_build_note(&b, LS_NOTE_INFO, "%s", lr_symbols_note(options->symbols, i));
	}
	if (rc) {
		lr_arena_free(b.arena);
		return -1;
	}
	*model = b.model;
	return 0;
}

void lr_model_free(struct lr_model *model)
{
	if (model)
		lr_arena_free(model->arena);
}

int lr_input_open(struct lr_input *input, const char *path,
		  const struct lr_symbols_options *symbols, const struct lr_build_options *build,
		  struct lr_error *err)
{
	struct lr_symbols_options with = symbols ? *symbols : (struct lr_symbols_options){0};
	struct lr_build_options options = build ? *build : (struct lr_build_options){0};
	struct lr_recording *recording;
	char map[4096];
	int rc;

	memset(input, 0, sizeof *input);
	if (lr_recording_open(path, &recording, err))
		return -1;
	if (!with.perf_map) {
		int n = snprintf(map, sizeof map, "%s.perfmap", path);

		if (n < 0 || (size_t)n >= sizeof map || access(map, R_OK) != 0)
			snprintf(map, sizeof map, "/tmp/perf-%u.map",
				 lr_recording_get_header(recording)->pid);
		if (access(map, R_OK) == 0)
			with.perf_map = map;
	}
	input->symbols = lr_symbols_new(&with);
	if (!input->symbols)
		lr_out_of_memory();
	options.symbols = input->symbols;
	rc = lr_model_build(recording, path, &options, &input->model, err);
	lr_recording_close(recording);
	if (rc)
		lr_input_close(input);
	return rc;
}

void lr_input_close(struct lr_input *input)
{
	lr_model_free(input->model);
	if (input->symbols)
		lr_symbols_free(input->symbols);
	memset(input, 0, sizeof *input);
}
