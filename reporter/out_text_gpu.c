/* SPDX-License-Identifier: MIT */
/* What the text report says of memory and handles of GPUs only. */
#include <inttypes.h>

#include "arena.h"
#include "gpu.h"
#include "names.h"
#include "out_text_internal.h"
#include "units.h"

#define MOST_DEVICES 8 /* named in one leak */
#define CELL 9
#define INDENT 4

const char *lr_text_noun(const struct lr_leak *leak, uint64_t count)
{
	return lr_gpu_noun(leak->memory, leak->gpu ? leak->gpu->call : LS_RES_NONE, count);
}

/* "GPU 0", "GPUs 0, 1" */
static const char *devices_label(struct lr_text *t, const struct lr_leak *leak)
{
	const struct lr_model *m = t->view->model;
	const struct lr_leak_gpu *gpu = leak->gpu;
	const char *text = lr_plural(gpu->device_count, "GPU", "GPUs");
	size_t i;

	for (i = 0; i < gpu->device_count && i < MOST_DEVICES; i++) {
		const struct lr_device *d = &m->devices[gpu->devices[i]];

		text = lr_arena_printf(m->arena, "%s%s%" PRIu32 "%s", text, i ? ", " : " ",
				       d->index, d->mig ? " (MIG)" : "");
	}
	return i < gpu->device_count ? lr_arena_printf(m->arena, "%s, …", text) : text;
}

static const char *held_label(struct lr_text *t, const struct lr_leak *leak)
{
	uint64_t orphaned = lr_leak_orphaned_blocks(leak);
	char count[LR_UNIT_SIZE], of[LR_UNIT_SIZE];
	bool handle = leak->memory == LS_MEM_HANDLE;

	if (lr_leak_is_orphaned(leak))
		return handle ? "no copy of the handle is left" : "no copy of the pointer is left";
	if (lr_leak_is_unheld(leak))
		return handle ? "only lost host blocks hold its handle"
			      : "only lost host blocks hold its pointer";
	if (orphaned)
		return lr_arena_printf(t->view->model->arena, "no copy of %s of the %s %s is left",
				       lr_count(count, orphaned), lr_count(of, leak->blocks),
				       handle ? "handles" : "pointers");
	return NULL;
}

void lr_text_gpu_pieces(struct lr_text *t, const struct lr_leak *leak)
{
	struct lr_arena *arena = t->view->model->arena;
	const struct lr_leak_gpu *gpu = leak->gpu;
	const char *held = held_label(t, leak);
	char count[LR_UNIT_SIZE];

	if (gpu->device_count)
		lr_text_piece(t, LR_PLAIN, devices_label(t, leak), INDENT);
	if (gpu->cuda_contexts > 1)
		lr_text_piece(
			t, LR_PLAIN,
			lr_arena_printf(arena, "%s contexts", lr_count(count, gpu->cuda_contexts)),
			INDENT);
	if (gpu->streams)
		lr_text_piece(t, LR_PLAIN,
			      lr_arena_printf(arena, "on %s %s", lr_count(count, gpu->streams),
					      lr_plural(gpu->streams, "stream", "streams")),
			      INDENT);
	if (held)
		lr_text_piece(t, LR_YELLOW, held, INDENT);
	if (gpu->label)
		lr_text_piece(t, LR_CYAN, "PyTorch cached segment", INDENT);
}

static void sentence(struct lr_text *t, const char *text)
{
	lr_text_indent(t, INDENT);
	lr_text_wrap(t, LR_PLAIN, text, INDENT);
}

void lr_text_gpu_sentences(struct lr_text *t, const struct lr_leak *leak)
{
	const struct lr_leak_gpu *gpu = leak->gpu;
	struct lr_arena *arena = t->view->model->arena;
	char count[LR_UNIT_SIZE], of[LR_UNIT_SIZE], size[LR_UNIT_SIZE];

	if (gpu->reclaimed.blocks >= leak->blocks)
		sentence(t, "reclaimed by teardown: nobody released it before its context was "
			    "destroyed or its device reset");
	else if (gpu->reclaimed.blocks)
		sentence(t, lr_arena_printf(
				    arena,
				    "%s of %s %s (%s) reclaimed by teardown: not released before "
				    "their context was destroyed or their device reset",
				    lr_count(count, gpu->reclaimed.blocks),
				    lr_count(of, leak->blocks), lr_text_noun(leak, leak->blocks),
				    lr_size(size, gpu->reclaimed.bytes)));
	if (gpu->label)
		sentence(t, "memory that PyTorch keeps for later tensors: `leakscope run "
			    "--torch-no-cache` shows the tensors themselves");
}

bool lr_text_is_folded(const struct lr_text *t, const struct lr_leak *leak, size_t frame)
{
	if (t->view->verbose)
		return false;
	return leak->frames[frame].inner ||
	       (leak->gpu && frame && lr_gpu_is_internal(&leak->frames[frame]));
}

/* "12 made; 3 live: 1 primary context, 2 streams" */
void lr_text_handles(struct lr_text *t)
{
	const struct lr_model *m = t->view->model;
	const struct lr_total *total = &m->totals[LS_MEM_HANDLE];
	char made[LR_UNIT_SIZE], live[LR_UNIT_SIZE];
	const char *text;
	bool first = true;
	unsigned i;

	text = lr_arena_printf(m->arena, "%s made; %s live", lr_count(made, total->allocations),
			       total->live_blocks ? lr_count(live, total->live_blocks) : "none");
	for (i = 0; i < LS_RES_COUNT; i++) {
		if (!m->live_handles[i])
			continue;
		text = lr_arena_printf(
			m->arena, "%s%s %s %s", text, first ? ":" : ",",
			lr_count(live, m->live_handles[i]),
			lr_gpu_noun(LS_MEM_HANDLE, (enum ls_resource_type)i, m->live_handles[i]));
		first = false;
	}
	lr_text_cell(t, LR_DIM, lr_memory_name(LS_MEM_HANDLE), CELL, false);
	lr_text_wrap(t, LR_PLAIN, text, CELL);
}

/* "8.0 MiB live, peak 2.0 GiB at 3.1 s, of 80.0 GiB (NVIDIA H100 80GB HBM3)" */
static const char *device_text(struct lr_text *t, const struct lr_device *d)
{
	char live[LR_UNIT_SIZE], peak[LR_UNIT_SIZE], at[LR_UNIT_SIZE], total[LR_UNIT_SIZE];
	struct lr_arena *arena = t->view->model->arena;
	const char *text;

	text = lr_arena_printf(arena, "%s live, peak %s at %s", lr_size(live, d->live_bytes),
			       lr_size(peak, d->peak_bytes), lr_seconds(at, d->peak_s));
	if (d->total_bytes)
		text = lr_arena_printf(arena, "%s, of %s", text, lr_size(total, d->total_bytes));
	if (*d->name)
		text = lr_arena_printf(arena, "%s (%s%s)", text, d->name,
				       d->mig ? ", a MIG instance" : "");
	else if (d->mig)
		text = lr_arena_printf(arena, "%s (a MIG instance)", text);
	if (d->reclaimed.blocks)
		text = lr_arena_printf(arena, "%s; %s in %s %s reclaimed by teardown", text,
				       lr_size(live, d->reclaimed.bytes),
				       lr_count(peak, d->reclaimed.blocks),
				       lr_plural(d->reclaimed.blocks, "buffer", "buffers"));
	return text;
}

/* "3.1 GiB used = 2.0 GiB tracked + 0.4 GiB contexts and modules + 0.7 GiB others" */
static const char *measured_text(struct lr_text *t, const struct lr_device *d)
{
	char used[LR_UNIT_SIZE], tracked[LR_UNIT_SIZE], own[LR_UNIT_SIZE], other[LR_UNIT_SIZE];
	char at[LR_UNIT_SIZE];

	return lr_arena_printf(
		t->view->model->arena,
		"device-wide at %s: %s used = %s tracked + %s contexts and modules + %s others",
		d->measured_for ? d->measured_for : lr_seconds(at, d->measured_s),
		lr_size(used, d->used_bytes), lr_size(tracked, d->tracked_bytes),
		lr_size(own, d->own_bytes), lr_size(other, d->other_bytes));
}

void lr_text_devices(struct lr_text *t)
{
	const struct lr_model *m = t->view->model;
	size_t i;

	for (i = 0; i < m->device_count; i++) {
		lr_text_cell(t, LR_DIM,
			     lr_arena_printf(m->arena, "GPU %" PRIu32, m->devices[i].index), CELL,
			     false);
		lr_text_wrap(t, LR_PLAIN, device_text(t, &m->devices[i]), CELL);
		if (!m->devices[i].measured)
			continue;
		lr_text_indent(t, CELL);
		lr_text_wrap(t, LR_PLAIN, measured_text(t, &m->devices[i]), CELL);
	}
}
