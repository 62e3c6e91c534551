/* SPDX-License-Identifier: MIT */
/* The JSON report, as schema/report-1.schema.json says. */
#include <string.h>

#include "arena.h"
#include "gpu.h"
#include "json_write.h"
#include "names.h"
#include "out_formats.h"

#define MOST_OPTIONS 64

static void put_process(struct lr_json *j, const struct lr_model *m)
{
	size_t i;

	lr_json_key(j, "process");
	lr_json_open(j, '{', false);
	lr_json_put_number(j, "pid", m->pid);
	lr_json_put_text(j, "exe", m->exe);
	lr_json_key(j, "cmdline");
	lr_json_open(j, '[', true);
	for (i = 0; i < m->cmdline_count; i++)
		lr_json_text(j, m->cmdline[i]);
	lr_json_close(j, ']');
	lr_json_put_text(j, "started", m->started);
	lr_json_put_real(j, "duration_s", m->duration_s);
	lr_json_put_text(j, "state", m->state);
	lr_json_key(j, "exit_code");
	if (strcmp(m->state, "exited") == 0)
		lr_json_signed(j, m->exit_code);
	else
		lr_json_null(j);
	lr_json_key(j, "signal");
	if (strcmp(m->state, "signalled") == 0)
		lr_json_signed(j, m->signal);
	else
		lr_json_null(j);
	lr_json_close(j, '}');
}

/* Cut the next option off *TEXT: key=value, a value holding ':' in double quotes. */
static bool next_option(char **text, const char **key, const char **value)
{
	char *p = *text;

	if (!*p)
		return false;
	*key = p;
	*value = "";
	p += strcspn(p, "=:");
	if (*p == '=') {
		*p++ = '\0';
		*value = p;
		if (*p == '"' && strchr(p + 1, '"')) {
			*value = ++p;
			p = strchr(p, '"');
			*p++ = '\0';
		}
		p += strcspn(p, ":");
	}
	if (*p)
		*p++ = '\0';
	*text = p;
	return true;
}

/* Of a key given twice the first stands: an object can't have both. */
static void put_options(struct lr_json *j, const struct lr_model *m)
{
	char *text = lr_arena_string(m->arena, m->options);
	const char *keys[MOST_OPTIONS], *value;
	size_t count = 0, i;

	lr_json_key(j, "options");
	lr_json_open(j, '{', true);
	while (count < MOST_OPTIONS && next_option(&text, &keys[count], &value)) {
		for (i = 0; i < count && strcmp(keys[i], keys[count]) != 0;)
			i++;
		if (i < count || !*keys[count])
			continue;
		lr_json_put_text(j, keys[count++], value);
	}
	lr_json_close(j, '}');
}

static void put_totals(struct lr_json *j, const struct lr_model *m)
{
	unsigned i;

	lr_json_key(j, "totals");
	lr_json_open(j, '{', false);
	for (i = 0; i < LS_MEM_COUNT; i++) {
		const struct lr_total *t = &m->totals[i];

		if (i > LS_MEM_MANAGED && !t->allocations && !t->live_blocks && !t->peak_bytes)
			continue;
		lr_json_key(j, lr_memory_name(i));
		lr_json_open(j, '{', true);
		lr_json_put_number(j, "allocations", t->allocations);
		lr_json_put_number(j, "frees", t->frees);
		lr_json_put_number(j, "allocated_bytes", t->allocated_bytes);
		lr_json_put_number(j, "live_bytes", t->live_bytes);
		lr_json_put_number(j, "live_blocks", t->live_blocks);
		lr_json_put_number(j, "peak_bytes", t->peak_bytes);
		lr_json_close(j, '}');
	}
	lr_json_close(j, '}');
}

static void put_device(struct lr_json *j, const struct lr_device *d)
{
	lr_json_open(j, '{', false);
	lr_json_put_number(j, "index", d->index);
	lr_json_put_text(j, "uuid", d->uuid);
	lr_json_put_text(j, "name", d->name);
	lr_json_put_bool(j, "mig", d->mig);
	lr_json_put_number(j, "total_bytes", d->total_bytes);
	lr_json_put_number(j, "live_bytes", d->live_bytes);
	lr_json_put_number(j, "peak_bytes", d->peak_bytes);
	lr_json_put_real(j, "peak_s", d->peak_s);
	lr_json_put_number(j, "reclaimed_bytes", d->reclaimed.bytes);
	lr_json_put_number(j, "reclaimed_blocks", d->reclaimed.blocks);
	lr_json_key(j, "measured");
	if (d->measured) {
		lr_json_open(j, '{', true);
		lr_json_put_real(j, "t_s", d->measured_s);
		lr_json_put_text(j, "snapshot", d->measured_for);
		lr_json_put_number(j, "used_bytes", d->used_bytes);
		lr_json_put_number(j, "tracked_bytes", d->tracked_bytes);
		lr_json_put_number(j, "own_bytes", d->own_bytes);
		lr_json_put_number(j, "other_bytes", d->other_bytes);
		lr_json_close(j, '}');
	} else {
		lr_json_null(j);
	}
	lr_json_close(j, '}');
}

static void put_devices(struct lr_json *j, const struct lr_model *m)
{
	size_t i;

	lr_json_key(j, "devices");
	lr_json_open(j, '[', false);
	for (i = 0; i < m->device_count; i++)
		put_device(j, &m->devices[i]);
	lr_json_close(j, ']');
}

static void put_amount(struct lr_json *j, const char *key, const struct lr_amount *amount)
{
	lr_json_key(j, key);
	lr_json_open(j, '{', true);
	lr_json_put_number(j, "bytes", amount->bytes);
	lr_json_put_number(j, "blocks", amount->blocks);
	lr_json_close(j, '}');
}

static void put_summary(struct lr_json *j, const struct lr_summary *s)
{
	static const enum ls_kind order[] = {LS_KIND_DEFINITE,     LS_KIND_INDIRECT,
					     LS_KIND_POSSIBLE,     LS_KIND_REACHABLE,
					     LS_KIND_UNCLASSIFIED, LS_KIND_DEVICE};
	size_t i;

	lr_json_key(j, "summary");
	lr_json_open(j, '{', false);
	lr_json_put_number(j, "leaked_bytes", s->leaked_bytes);
	lr_json_put_number(j, "leaked_blocks", s->leaked_blocks);
	lr_json_key(j, "by_kind");
	lr_json_open(j, '{', false);
	for (i = 0; i < sizeof order / sizeof *order; i++)
		put_amount(j, lr_kind_name(order[i]), &s->by_kind[order[i]]);
	put_amount(j, "outlived", &s->outlived);
	lr_json_close(j, '}');
	lr_json_put_number(j, "suppressed_bytes", s->suppressed.bytes);
	lr_json_put_number(j, "suppressed_blocks", s->suppressed.blocks);
	lr_json_close(j, '}');
}

void lr_json_frame(struct lr_json *j, const struct lr_frame *f)
{
	lr_json_open(j, '{', true);
	lr_json_put_text(j, "function", f->function);
	lr_json_put_text(j, "file", f->file);
	lr_json_key(j, "line");
	if (f->line)
		lr_json_number(j, f->line);
	else
		lr_json_null(j);
	lr_json_put_text(j, "module", f->module);
	lr_json_put_text(j, "build_id", f->build_id);
	lr_json_put_number(j, "offset", f->offset);
	lr_json_put_bool(j, "inlined", f->inlined);
	lr_json_close(j, '}');
}

static const char *holder_name(enum ls_holder type)
{
	static const char *const names[LS_HOLDER_COUNT] = {
		[LS_HOLDER_BLOCK] = "block",         [LS_HOLDER_MODULE] = "module",
		[LS_HOLDER_STACK] = "stack",         [LS_HOLDER_TLS] = "tls",
		[LS_HOLDER_REGISTER] = "register",   [LS_HOLDER_MAPPING] = "mapping",
		[LS_HOLDER_KERNEL] = "kernel",       [LS_HOLDER_DECLARED] = "declared",
		[LS_HOLDER_UNTRACKED] = "untracked",
	};

	return (unsigned)type < LS_HOLDER_COUNT && names[type] ? names[type] : "unknown";
}

/* Steps of a chain have no blocks and no chain of their own. */
static void put_referrer(struct lr_json *j, const struct lr_referrer *r, bool step)
{
	size_t i;

	lr_json_open(j, '{', true);
	lr_json_put_text(j, "type", holder_name(r->type));
	lr_json_put_text(j, "where", r->where);
	if (!step)
		lr_json_put_number(j, "blocks", r->blocks);
	lr_json_put_text(j, "module", r->module);
	lr_json_put_text(j, "symbol", r->symbol);
	lr_json_key(j, "offset");
	if (r->offset_known)
		lr_json_number(j, r->offset);
	else
		lr_json_null(j);
	if (!step) {
		lr_json_key(j, "chain");
		lr_json_open(j, '[', true);
		for (i = 0; i < r->chain_count; i++)
			put_referrer(j, &r->chain[i], true);
		lr_json_close(j, ']');
	}
	lr_json_close(j, '}');
}

static void put_referrers(struct lr_json *j, const struct lr_leak *leak)
{
	size_t i;

	lr_json_key(j, "referrers");
	lr_json_open(j, '[', false);
	for (i = 0; i < leak->referrer_count; i++)
		put_referrer(j, &leak->referrers[i], false);
	lr_json_close(j, ']');
}

/* What is said of memory and handles of the CUDA driver only. */
static void put_gpu(struct lr_json *j, const struct lr_model *m, const struct lr_leak *leak)
{
	const struct lr_leak_gpu *gpu = leak->gpu;
	size_t i;

	lr_json_put_text(j, "call", lr_gpu_call(gpu->call));
	lr_json_key(j, "devices");
	lr_json_open(j, '[', true);
	for (i = 0; i < gpu->device_count; i++) {
		lr_json_open(j, '{', true);
		lr_json_put_number(j, "index", m->devices[gpu->devices[i]].index);
		lr_json_put_text(j, "uuid", m->devices[gpu->devices[i]].uuid);
		lr_json_close(j, '}');
	}
	lr_json_close(j, ']');
	lr_json_put_number(j, "cuda_contexts", gpu->cuda_contexts);
	lr_json_put_number(j, "streams", gpu->streams);
	lr_json_put_bool(j, "orphaned", lr_leak_is_orphaned(leak));
	lr_json_put_number(j, "orphaned_blocks", lr_leak_orphaned_blocks(leak));
	lr_json_put_bool(j, "held_by_leak", lr_leak_is_unheld(leak) && gpu->held_by_leak);
	lr_json_put_number(j, "reclaimed_bytes", gpu->reclaimed.bytes);
	lr_json_put_number(j, "reclaimed_blocks", gpu->reclaimed.blocks);
	if (gpu->label)
		lr_json_put_text(j, "label", gpu->label);
}

static void put_leak(struct lr_json *j, const struct lr_view *view, const struct lr_leak *leak)
{
	size_t i;

	lr_json_open(j, '{', false);
	lr_json_put_text(j, "fingerprint", leak->fingerprint);
	lr_json_put_text(j, "kind", lr_kind_name(leak->kind));
	lr_json_put_text(j, "memory", lr_memory_name(leak->memory));
	lr_json_put_text(j, "scope", leak->scope);
	lr_json_put_bool(j, "outlived", leak->outlived);
	lr_json_put_number(j, "bytes", leak->bytes);
	lr_json_put_number(j, "blocks", leak->blocks);
	if (view->retained) {
		lr_json_put_number(j, "retained_bytes", leak->retained.bytes);
		lr_json_put_number(j, "retained_blocks", leak->retained.blocks);
	}
	lr_json_put_real(j, "first_s", leak->first_s);
	lr_json_put_real(j, "last_s", leak->last_s);
	lr_json_key(j, "threads");
	lr_json_open(j, '[', true);
	for (i = 0; i < leak->thread_count; i++)
		lr_json_text(j, leak->threads[i]);
	lr_json_close(j, ']');
	lr_json_put_bool(j, "estimated", leak->estimated);
	if (leak->gpu)
		put_gpu(j, view->model, leak);
	if (view->referrers)
		put_referrers(j, leak);
	lr_json_key(j, "frames");
	lr_json_open(j, '[', false);
	for (i = 0; i < leak->frame_count; i++)
		lr_json_frame(j, &leak->frames[i]);
	lr_json_close(j, ']');
	lr_json_close(j, '}');
}

static void put_scope(struct lr_json *j, const struct lr_scope *s)
{
	lr_json_open(j, '{', false);
	lr_json_put_text(j, "path", s->path);
	lr_json_put_text(j, "name", s->name);
	lr_json_put_text(j, "parent", s->parent);
	lr_json_put_text(j, "kind", s->kind);
	lr_json_put_number(j, "instances", s->instances);
	lr_json_put_number(j, "open_instances", s->open_instances);
	lr_json_put_real(j, "first_opened_s", s->first_opened_s);
	lr_json_key(j, "last_closed_s");
	if (s->last_closed_s < 0)
		lr_json_null(j);
	else
		lr_json_real(j, s->last_closed_s);
	lr_json_put_number(j, "allocations", s->allocations);
	lr_json_put_number(j, "allocated_bytes", s->allocated_bytes);
	lr_json_put_number(j, "live_bytes", s->live_bytes);
	lr_json_put_number(j, "live_blocks", s->live_blocks);
	lr_json_put_number(j, "peak_bytes", s->peak_bytes);
	lr_json_put_number(j, "outlived_bytes", s->outlived_bytes);
	lr_json_put_number(j, "outlived_blocks", s->outlived_blocks);
	lr_json_put_number(j, "outlived_freed_blocks", s->outlived_freed_blocks);
	lr_json_close(j, '}');
}

static void put_times(struct lr_json *j, const struct lr_model *m)
{
	size_t i;

	lr_json_key(j, "snapshots");
	lr_json_open(j, '[', false);
	for (i = 0; i < m->snapshot_count; i++) {
		const struct lr_snapshot *s = &m->snapshots[i];

		lr_json_open(j, '{', true);
		lr_json_put_text(j, "label", s->label);
		lr_json_put_real(j, "t_s", s->t_s);
		lr_json_put_number(j, "live_bytes", s->live_bytes);
		lr_json_put_number(j, "live_blocks", s->live_blocks);
		lr_json_put_fine(j, "pause_s", s->pause_s);
		lr_json_put_bool(j, "scanned", s->scanned);
		lr_json_close(j, '}');
	}
	lr_json_close(j, ']');
	lr_json_key(j, "timeline");
	lr_json_open(j, '[', false);
	for (i = 0; i < m->sample_count; i++) {
		const struct lr_sample *s = &m->timeline[i];

		lr_json_open(j, '{', true);
		lr_json_put_real(j, "t_s", s->t_s);
		lr_json_put_number(j, "rss_bytes", s->rss_bytes);
		lr_json_put_number(j, "host_bytes", s->host_bytes);
		lr_json_put_number(j, "device_bytes", s->device_bytes);
		lr_json_close(j, '}');
	}
	lr_json_close(j, ']');
}

static void put_overhead(struct lr_json *j, const struct lr_model *m)
{
	lr_json_key(j, "overhead");
	lr_json_open(j, '{', false);
	lr_json_put_number(j, "shim_bytes", m->overhead.shim_bytes);
	lr_json_put_number(j, "recording_bytes", m->overhead.recording_bytes);
	lr_json_put_number(j, "unwinds", m->overhead.unwinds);
	lr_json_put_number(j, "unwind_cache_hits", m->overhead.unwind_cache_hits);
	lr_json_put_number(j, "unwind_failures", m->overhead.unwind_failures);
	lr_json_put_number(j, "distinct_stacks", m->overhead.distinct_stacks);
	lr_json_put_number(j, "contexts", m->overhead.contexts);
	lr_json_put_number(j, "lost_events", m->overhead.lost_events);
	lr_json_put_number(j, "pending_events", m->overhead.pending_events);
	lr_json_put_number(j, "inherited_frees", m->overhead.inherited_frees);
	lr_json_put_number(j, "unknown_frees", m->overhead.unknown_frees);
	lr_json_put_real(j, "init_s", m->overhead.init_s);
	lr_json_put_number(j, "scans", m->overhead.scans);
	lr_json_put_fine(j, "scan_s", m->overhead.scan_s);
	lr_json_put_fine(j, "scan_pause_s", m->overhead.scan_pause_s);
	lr_json_put_number(j, "scan_memory_bytes", m->overhead.scan_memory_bytes);
	lr_json_put_number(j, "scan_threads_unseen", m->overhead.scan_threads_unseen);
	lr_json_put_number(j, "late_device_frees", m->overhead.late_device_frees);
	lr_json_put_bool(j, "gpu_untracked", m->overhead.gpu_untracked);
	lr_json_close(j, '}');
}

static void put_notes(struct lr_json *j, const struct lr_model *m)
{
	static const char *const levels[] = {"info", "info", "warning", "error"};
	size_t i;

	lr_json_key(j, "notes");
	lr_json_open(j, '[', false);
	for (i = 0; i < m->note_count; i++) {
		lr_json_open(j, '{', true);
		lr_json_put_text(j, "level", levels[m->notes[i].level & 3]);
		lr_json_put_text(j, "text", m->notes[i].text);
		lr_json_close(j, '}');
	}
	lr_json_close(j, ']');
}

int lr_out_json(FILE *out, const struct lr_view *view)
{
	const struct lr_model *m = view->model;
	struct lr_json json, *j = &json;
	size_t i;

	lr_json_start(j, out);
	lr_json_open(j, '{', false);
	lr_json_put_text(j, "schema", "leakscope/report/1");
	put_process(j, m);
	put_options(j, m);
	put_totals(j, m);
	put_devices(j, m);
	put_summary(j, &view->summary);
	lr_json_key(j, "leaks");
	lr_json_open(j, '[', false);
	for (i = 0; i < view->leak_count; i++)
		put_leak(j, view, view->leaks[i]);
	lr_json_close(j, ']');
	lr_json_key(j, "scopes");
	lr_json_open(j, '[', false);
	for (i = 0; i < m->scope_count; i++)
		put_scope(j, &m->scopes[i]);
	lr_json_close(j, ']');
	put_times(j, m);
	put_overhead(j, m);
	put_notes(j, m);
	lr_json_close(j, '}');
	return lr_out_status(out);
}
