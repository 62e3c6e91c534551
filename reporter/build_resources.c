/* SPDX-License-Identifier: MIT */
/*
 * Memory and handles of the CUDA driver that were not released: each by its context into
 * a group, like a live block; and the devices they are on.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "build_internal.h"
#include "gpu.h"

#define LONGEST_DEVICE_NAME 256u
#define LONGEST_LABEL 256u
#define MOST_DEVICES 256u /* no machine has as many, MIG instances included */

static uint64_t not_negative(int64_t value)
{
	return value < 0 ? 0 : (uint64_t)value;
}

/*
 * What is neither tracked nor this process's own is others'.  The figures were taken one
 * after the other: none is let grow beyond what is left.
 */
static void read_measured(struct lr_builder *b, const struct ls_device *r, struct lr_device *d)
{
	const struct ls_snapshot *snapshot;
	uint64_t rest;

	if (!r->measured_tick)
		return;
	d->measured = true;
	d->measured_s = lr_tick_s(r->measured_tick);
	d->used_bytes = r->used_bytes;
	d->tracked_bytes = r->tracked_bytes;
	rest = r->used_bytes > r->tracked_bytes ? r->used_bytes - r->tracked_bytes : 0;
	d->own_bytes = r->own_bytes < rest ? r->own_bytes : rest;
	d->other_bytes = rest - d->own_bytes;
	snapshot = r->snapshot ? lr_recording_get(b->recording, LS_SEC_SNAPSHOTS, r->snapshot, NULL)
			       : NULL;
	if (snapshot && snapshot->state == 1)
		d->measured_for = lr_build_text(b, snapshot->label, LONGEST_LABEL);
}

static void read_device(struct lr_builder *b, const struct ls_device *r, struct lr_device *d)
{
	char uuid[LR_UUID_SIZE];

	d->index = r->ordinal;
	d->mig = (r->flags & LS_DEVICE_MIG) != 0;
	if (*lr_gpu_uuid(uuid, r->uuid, d->mig))
		d->uuid = lr_arena_string(b->arena, uuid);
	d->name = lr_build_text(b, r->name, LONGEST_DEVICE_NAME);
	if (!d->name)
		d->name = "";
	d->total_bytes = r->total_bytes;
	d->live_bytes = not_negative(r->memory.live_bytes);
	d->peak_bytes = not_negative(r->memory.peak_bytes);
	if (d->peak_bytes < d->live_bytes)
		d->peak_bytes = d->live_bytes;
	d->peak_s = lr_tick_s(r->memory.peak_tick);
	d->reclaimed.bytes = r->reclaimed_bytes;
	d->reclaimed.blocks = r->reclaimed_blocks;
	read_measured(b, r, d);
}

/* A device and where its record is, while devices are put in order. */
struct place {
	const struct ls_device *record;
	uint32_t position;
};

static int by_ordinal(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	if (x->record->ordinal != y->record->ordinal)
		return x->record->ordinal < y->record->ordinal ? -1 : 1;
	return x->position < y->position ? -1 : x->position > y->position;
}

void lr_build_devices(struct lr_builder *b)
{
	uint32_t records = lr_recording_count(b->recording, LS_SEC_DEVICES), i, id, count = 0;
	struct place *places = lr_alloc((size_t)records + 1, sizeof *places);
	struct lr_model *m = b->model;

	b->device_of = lr_arena_array(b->arena, (size_t)records + 1, sizeof *b->device_of);
	for (i = 0; i < records; i++) {
		const struct ls_device *r = lr_recording_at(b->recording, LS_SEC_DEVICES, i, &id);

		if (r && r->state == 1)
			places[count++] = (struct place){r, i};
	}
	if (count)
		qsort(places, count, sizeof *places, by_ordinal);
	if (count > MOST_DEVICES) {
		lr_build_note(b, LS_NOTE_WARNING, "of %" PRIu32 " devices only %u are shown", count,
			      MOST_DEVICES);
		count = MOST_DEVICES;
	}
	m->devices = lr_arena_array(b->arena, count, sizeof *m->devices);
	m->device_count = count;
	for (i = 0; i < count; i++) {
		read_device(b, places[i].record, &m->devices[i]);
		b->device_of[places[i].position] = i + 1;
	}
	free(places);
}

/* Its context; one without origin where that is lost.  NULL: nobody is to hear of it. */
static const struct ls_context *context_of(struct lr_grouping *g, const struct ls_resource *r,
					   enum ls_memory *memory)
{
	static const struct ls_context lost = {.path = 1};
	const struct ls_context *c =
		lr_recording_get(g->b->recording, LS_SEC_CONTEXTS, r->context, NULL);

	if (c && c->state && c->memory == LS_MEM_IGNORED)
		return NULL;
	if (c && c->state && c->memory < LS_MEM_COUNT) {
		/* no resource is a block of the host's, whatever its context says */
		*memory = c->memory == LS_MEM_HOST ? lr_gpu_memory(r->type) : c->memory;
		return c;
	}
	g->lost_blocks++;
	g->lost_bytes += r->size;
	*memory = lr_gpu_memory(r->type);
	return &lost;
}

static void note_device(struct lr_grouping *g, struct lr_group *group, size_t index,
			const struct ls_resource *r)
{
	uint32_t position, device;

	if (!r->device ||
	    !lr_recording_get(g->b->recording, LS_SEC_DEVICES, r->device, &position) ||
	    !g->b->device_of[position])
		return;
	device = g->b->device_of[position] - 1;
	if (lr_pair_add(&g->devices, index, device))
		lr_group_list(&group->devices, &group->device_count, device);
}

/* The scans that were made, by number. */
struct sought {
	uint32_t number, epoch;
};

struct scans {
	struct sought *list;
	size_t count;
};

static int by_scan(const void *a, const void *b)
{
	const struct sought *x = a, *y = b;

	return x->number < y->number ? -1 : x->number > y->number;
}

static void list_scans(const struct lr_recording *recording, struct scans *scans)
{
	uint32_t count = lr_recording_count(recording, LS_SEC_SCANS), i, id;

	scans->list = lr_alloc((size_t)count + 1, sizeof *scans->list);
	for (i = 0; i < count; i++) {
		const struct ls_scan *scan = lr_recording_at(recording, LS_SEC_SCANS, i, &id);

		if (scan && scan->state == LS_SCAN_DONE)
			scans->list[scans->count++] = (struct sought){scan->number, scan->epoch};
	}
	if (scans->count)
		qsort(scans->list, scans->count, sizeof *scans->list, by_scan);
}

/* Whether a scan looked for it: one that came to an end, and for it, not what was there before. */
static bool was_sought(const struct scans *scans, const struct ls_resource *r)
{
	const struct sought key = {.number = r->scan}, *found = NULL;

	if (r->scan && scans->count)
		found = bsearch(&key, scans->list, scans->count, sizeof key, by_scan);
	return found && r->birth < found->epoch;
}

/* Into its group: where it is, and whether somebody knows of it. */
static void note_resource(struct lr_grouping *g, size_t index, const struct ls_resource *r,
			  uint64_t size, bool sought)
{
	struct lr_group *group = &g->groups[index];

	note_device(g, group, index, r);
	if (r->cuda_context && lr_pair_add(&g->cuda_contexts, index, r->cuda_context))
		group->cuda_contexts++;
	if (r->stream && lr_pair_add(&g->streams, index, r->stream))
		group->streams++;
	if (sought) {
		group->sought++;
		if (r->flags & LS_RESOURCE_HELD_BY_LEAK)
			group->held_by_leak++;
		else if (r->flags & LS_RESOURCE_HELD)
			group->held++;
	}
	if (r->state == LS_RESOURCE_RECLAIMED) {
		group->reclaimed.blocks++;
		group->reclaimed.bytes += (double)size;
	}
}

static void add_weight(struct lr_weight *sum, uint64_t size)
{
	sum->blocks++;
	sum->bytes += (double)size;
}

static void count_resource(struct lr_grouping *g, const struct scans *scans,
			   const struct ls_resource *r)
{
	enum ls_resource_type type = r->type < LS_RES_COUNT ? r->type : LS_RES_NONE;
	enum ls_memory memory;
	const struct ls_context *c = context_of(g, r, &memory);
	uint64_t size = r->size;
	size_t scope, index;

	if (!c)
		return;
	if (memory == LS_MEM_HANDLE) { /* the size of address space is nobody's memory */
		size = 0;
		g->b->model->live_handles[type]++;
	}
	scope = lr_scope_index(g->b, c->path);
	add_weight(&g->totals[memory], size);
	add_weight(&g->scopes[scope], size);
	if (c->state == 1 && scope && !lr_scope_was_closed(g->b, c))
		add_weight(&g->ended[scope], size);
	if (r->birth < g->epochs.since || (g->b->options->until && r->birth >= g->epochs.until))
		return;
	index = lr_group_of(g, c, memory, LS_KIND_DEVICE, 1 + (uint32_t)type);
	lr_group_seen(&g->groups[index], r->tick, r->tick);
	lr_group_count(&g->groups[index], size, 1, r->birth);
	note_resource(g, index, r, size, was_sought(scans, r));
}

void lr_build_resources(struct lr_grouping *g)
{
	const struct lr_recording *recording = g->b->recording;
	uint32_t count = lr_recording_count(recording, LS_SEC_RESOURCES), i, id;
	struct scans scans = {0};
	uint64_t releasing = 0;

	list_scans(recording, &scans);
	for (i = 0; i < count; i++) {
		const struct ls_resource *r = lr_recording_at(recording, LS_SEC_RESOURCES, i, &id);

		if (!r || r->state < LS_RESOURCE_LIVE || r->state > LS_RESOURCE_RELEASING)
			continue;
		releasing += r->state == LS_RESOURCE_RELEASING;
		count_resource(g, &scans, r);
	}
	free(scans.list);
	if (releasing)
		lr_build_note(g->b, LS_NOTE_INFO,
			      "%" PRIu64 " releases of GPU memory or handles were under way: what "
			      "they release counts as live",
			      releasing);
}

static int by_number(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

struct lr_leak_gpu *lr_build_gpu(struct lr_builder *b, const struct lr_group *group,
				 const struct lr_trace *trace)
{
	struct lr_leak_gpu *gpu;

	if (!group->call)
		return NULL;
	gpu = lr_arena_alloc(b->arena, sizeof *gpu);
	gpu->call = group->call - 1;
	gpu->cuda_contexts = group->cuda_contexts;
	gpu->streams = group->streams;
	gpu->sought = group->sought;
	gpu->held = group->held;
	gpu->held_by_leak = group->held_by_leak;
	gpu->reclaimed.blocks = lr_rounded(group->reclaimed.blocks);
	gpu->reclaimed.bytes = lr_rounded(group->reclaimed.bytes);
	gpu->label = lr_gpu_label(trace->frames, trace->count);
	if (group->device_count) {
		gpu->devices = lr_arena_array(b->arena, group->device_count, sizeof *gpu->devices);
		memcpy(gpu->devices, group->devices, group->device_count * sizeof *gpu->devices);
		gpu->device_count = group->device_count;
		qsort(gpu->devices, gpu->device_count, sizeof *gpu->devices, by_number);
	}
	return gpu;
}
