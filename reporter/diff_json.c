/* SPDX-License-Identifier: MIT */
/* The difference as JSON, as schema/diff-1.schema.json says. */
#include <string.h>

#include "diff.h"
#include "json_write.h"
#include "names.h"
#include "out_formats.h"

static void put_side(struct lr_json *j, const char *key, const struct lr_diff_side *side)
{
	const struct lr_model *m = side->view->model;

	lr_json_key(j, key);
	lr_json_open(j, '{', false);
	lr_json_put_text(j, "recording", side->recording);
	lr_json_put_number(j, "pid", m->pid);
	lr_json_put_text(j, "exe", m->exe);
	lr_json_put_text(j, "state", m->state);
	lr_json_key(j, "snapshot");
	if (side->snapshot) {
		lr_json_open(j, '{', true);
		lr_json_put_text(j, "label", side->snapshot->label);
		lr_json_put_real(j, "t_s", side->snapshot->t_s);
		lr_json_put_number(j, "live_bytes", side->snapshot->live_bytes);
		lr_json_put_number(j, "live_blocks", side->snapshot->live_blocks);
		lr_json_close(j, '}');
	} else {
		lr_json_null(j);
	}
	lr_json_close(j, '}');
}

static void put_amount(struct lr_json *j, const char *key, const struct lr_amount *amount)
{
	lr_json_key(j, key);
	lr_json_open(j, '{', true);
	lr_json_put_number(j, "bytes", amount->bytes);
	lr_json_put_number(j, "blocks", amount->blocks);
	lr_json_close(j, '}');
}

static void put_change(struct lr_json *j, const struct lr_amount *before,
		       const struct lr_amount *after)
{
	put_amount(j, "old", before);
	put_amount(j, "new", after);
	lr_json_key(j, "change");
	lr_json_open(j, '{', true);
	lr_json_key(j, "bytes");
	lr_json_signed(j, lr_diff_change(before->bytes, after->bytes));
	lr_json_key(j, "blocks");
	lr_json_signed(j, lr_diff_change(before->blocks, after->blocks));
	lr_json_close(j, '}');
}

static void put_summary(struct lr_json *j, const struct lr_diff *d)
{
	lr_json_key(j, "summary");
	lr_json_open(j, '{', false);
	put_change(j, &d->sum_before, &d->sum_after);
	put_amount(j, "grown", &d->grown);
	put_amount(j, "shrunk", &d->shrunk);
	lr_json_put_number(j, "grown_sites", d->grown_count);
	lr_json_put_number(j, "shrunk_sites", d->shrunk_count);
	lr_json_close(j, '}');
}

static void put_figure(struct lr_json *j, const char *key, uint64_t before, uint64_t after)
{
	lr_json_key(j, key);
	lr_json_open(j, '{', true);
	lr_json_put_number(j, "old", before);
	lr_json_put_number(j, "new", after);
	lr_json_key(j, "change");
	lr_json_signed(j, lr_diff_change(before, after));
	lr_json_close(j, '}');
}

/* Between snapshots of one recording there is only one set of totals: none is written. */
static void put_totals(struct lr_json *j, const struct lr_diff *d)
{
	unsigned i;

	lr_json_key(j, "totals");
	if (d->span) {
		lr_json_null(j);
		return;
	}
	lr_json_open(j, '{', false);
	for (i = 0; i < LS_MEM_COUNT; i++) {
		const struct lr_total *x = &d->before.view->model->totals[i];
		const struct lr_total *y = &d->after.view->model->totals[i];

		if (i != LS_MEM_HOST && !x->allocations && !y->allocations)
			continue;
		lr_json_key(j, lr_memory_name(i));
		lr_json_open(j, '{', false);
		put_figure(j, "allocations", x->allocations, y->allocations);
		put_figure(j, "allocated_bytes", x->allocated_bytes, y->allocated_bytes);
		put_figure(j, "live_bytes", x->live_bytes, y->live_bytes);
		put_figure(j, "live_blocks", x->live_blocks, y->live_blocks);
		put_figure(j, "peak_bytes", x->peak_bytes, y->peak_bytes);
		lr_json_close(j, '}');
	}
	lr_json_close(j, '}');
}

static void put_site(struct lr_json *j, const struct lr_diff_entry *e)
{
	size_t i;

	lr_json_open(j, '{', false);
	lr_json_put_text(j, "fingerprint", e->leak->fingerprint);
	lr_json_put_text(j, "kind", e->kind);
	lr_json_put_text(j, "memory", lr_memory_name(e->leak->memory));
	lr_json_put_text(j, "scope", e->leak->scope);
	lr_json_put_bool(j, "outlived", e->outlived);
	lr_json_put_bool(j, "estimated", e->estimated);
	put_change(j, &e->before, &e->after);
	lr_json_key(j, "frames");
	lr_json_open(j, '[', false);
	for (i = 0; i < e->leak->frame_count; i++)
		lr_json_frame(j, &e->leak->frames[i]);
	lr_json_close(j, ']');
	lr_json_close(j, '}');
}

static void put_notes_of(struct lr_json *j, const char *which, const struct lr_diff_side *side)
{
	static const char *const levels[] = {"info", "info", "warning", "error"};
	const struct lr_model *m = side->view->model;
	size_t i;

	for (i = 0; i < m->note_count; i++) {
		lr_json_open(j, '{', true);
		lr_json_put_text(j, "side", which);
		lr_json_put_text(j, "level", levels[m->notes[i].level & 3]);
		lr_json_put_text(j, "text", m->notes[i].text);
		lr_json_close(j, '}');
	}
}

static void put_notes(struct lr_json *j, const struct lr_diff *d)
{
	lr_json_key(j, "notes");
	lr_json_open(j, '[', false);
	if (!d->span)
		put_notes_of(j, "old", &d->before);
	put_notes_of(j, "new", &d->after);
	lr_json_close(j, ']');
}

int lr_diff_json(FILE *out, const struct lr_diff *d)
{
	struct lr_json json, *j = &json;
	size_t i;

	lr_json_start(j, out);
	lr_json_open(j, '{', false);
	lr_json_put_text(j, "schema", "leakscope/diff/1");
	put_side(j, "old", &d->before);
	put_side(j, "new", &d->after);
	lr_json_put_bool(j, "kinds_compared", !d->kinds_merged);
	put_summary(j, d);
	put_totals(j, d);
	lr_json_key(j, "sites");
	lr_json_open(j, '[', false);
	for (i = 0; i < d->site_count; i++)
		put_site(j, &d->sites[i]);
	lr_json_close(j, ']');
	lr_json_key(j, "scopes");
	lr_json_open(j, '[', false);
	for (i = 0; i < d->scope_count; i++) {
		lr_json_open(j, '{', true);
		lr_json_put_text(j, "path", d->scopes[i].path);
		put_change(j, &d->scopes[i].before, &d->scopes[i].after);
		lr_json_close(j, '}');
	}
	lr_json_close(j, ']');
	put_notes(j, d);
	lr_json_close(j, '}');
	return lr_out_status(out);
}
