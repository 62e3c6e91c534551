/* SPDX-License-Identifier: MIT */
/* From a model to a view, see select.h. */
#include "select.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "fingerprint.h"
#include "select_program.h"

#define uthash_fatal(message) lr_out_of_memory()
#include <uthash.h>

void lr_selection_default(struct lr_selection *selection)
{
	memset(selection, 0, sizeof *selection);
	selection->kinds = 1u << LS_KIND_DEFINITE | 1u << LS_KIND_INDIRECT |
			   1u << LS_KIND_UNCLASSIFIED | 1u << LS_KIND_DEVICE;
	selection->outlived = true;
	selection->memory = -1;
}

bool lr_selection_has(const struct lr_selection *s, const struct lr_model *model,
		      const struct lr_leak *leak)
{
	if (!(s->kinds & 1u << leak->kind) && !(s->outlived && leak->outlived))
		return false;
	if (s->memory >= 0 && (int)leak->memory != s->memory)
		return false;
	/* a handle is not small: it has no size */
	if (leak->bytes < s->min_bytes && leak->memory != LS_MEM_HANDLE)
		return false;
	return !s->scope_glob || fnmatch(s->scope_glob, leak->scope, 0) == 0;
}

static void add_amount(struct lr_amount *amount, const struct lr_leak *leak)
{
	amount->bytes += leak->bytes;
	amount->blocks += leak->blocks;
}

static uint64_t handles_of(const struct lr_leak *leak)
{
	return leak->memory == LS_MEM_HANDLE ? leak->blocks : 0;
}

/* The frame a reader looks for: the innermost one of the program's own code. */
static const struct lr_frame *own_frame(const struct lr_leak *leak)
{
	size_t i;

	for (i = 0; i < leak->frame_count; i++) {
		if (leak->frames[i].user)
			return &leak->frames[i];
	}
	return leak->frame_count ? &leak->frames[0] : NULL;
}

/* What leaks must have in common to become one entry. */
static char *group_key(struct lr_arena *arena, const struct lr_leak *leak, enum lr_group group)
{
	const struct lr_frame *frame = own_frame(leak);
	const char *module = frame && frame->module ? frame->module : "";
	const char *function = frame && frame->function ? frame->function : "";
	unsigned long long offset = frame && !*function ? frame->offset : 0;
	char *key, *joined;
	size_t i;

	switch (group) {
	case LR_GROUP_SITE:
		if (frame && frame->line)
			return lr_arena_printf(arena, "%s|%s|%s|%u", module, function, frame->file,
					       frame->line);
		offset = frame ? frame->offset : 0;
		return lr_arena_printf(arena, "%s|%s|%llx", module, function, offset);
	case LR_GROUP_FUNCTION:
		return lr_arena_printf(arena, "%s|%s|%llx", module, function, offset);
	case LR_GROUP_MODULE: return lr_arena_string(arena, module);
	case LR_GROUP_SCOPE: return lr_arena_string(arena, leak->scope);
	default:
		key = lr_arena_string(arena, "");
		for (i = 0; i < leak->thread_count; i++) {
			joined = lr_arena_printf(arena, "%s|%s", key, leak->threads[i]);
			key = joined;
		}
		return key;
	}
}

/* The frames that stand for the whole group. */
static void group_frames(struct lr_arena *arena, struct lr_leak *merged, enum lr_group group)
{
	const struct lr_frame *frame = own_frame(merged);
	struct lr_frame *copy;

	merged->cut = false;
	merged->frame_count = 0;
	if (!frame || group == LR_GROUP_SCOPE || group == LR_GROUP_THREAD)
		return;
	copy = lr_arena_alloc(arena, sizeof *copy);
	*copy = *frame;
	copy->inlined = false;
	if (group != LR_GROUP_SITE) {
		copy->line = 0;
		if (group == LR_GROUP_MODULE) {
			copy->function = copy->file = NULL;
			copy->offset = 0;
		}
	}
	merged->frames = copy;
	merged->frame_count = 1;
}

static void add_threads(struct lr_arena *arena, struct lr_leak *into, const struct lr_leak *from)
{
	const char **threads =
		lr_arena_array(arena, into->thread_count + from->thread_count, sizeof *threads);
	size_t i, k, n = into->thread_count;

	for (i = 0; i < n; i++)
		threads[i] = into->threads[i];
	for (i = 0; i < from->thread_count; i++) {
		for (k = 0; k < n && strcmp(threads[k], from->threads[i]) != 0;)
			k++;
		if (k == n)
			threads[n++] = from->threads[i];
	}
	into->threads = threads;
	into->thread_count = n;
}

/* Both lists are in order, and short. */
static void add_devices(struct lr_arena *arena, struct lr_leak_gpu *into,
			const struct lr_leak_gpu *from)
{
	size_t i = 0, k, n = 0;
	uint32_t *devices;

	for (k = 0; k < from->device_count; k++) {
		while (i < into->device_count && into->devices[i] < from->devices[k])
			i++;
		if (i == into->device_count || into->devices[i] != from->devices[k])
			break;
	}
	if (k == from->device_count)
		return; /* it has them all */
	devices = lr_arena_array(arena, into->device_count + from->device_count, sizeof *devices);
	for (i = k = 0; i < into->device_count || k < from->device_count;) {
		if (k == from->device_count ||
		    (i < into->device_count && into->devices[i] < from->devices[k])) {
			devices[n++] = into->devices[i++];
		} else {
			i += i < into->device_count && into->devices[i] == from->devices[k];
			devices[n++] = from->devices[k++];
		}
	}
	into->devices = devices;
	into->device_count = n;
}

/* Both have one: kinds are not mixed but where blocks of the host are asked for. */
static void merge_gpu(struct lr_arena *arena, struct lr_leak_gpu *into,
		      const struct lr_leak_gpu *from)
{
	if (!from)
		return;
	add_devices(arena, into, from);
	if (into->call != from->call)
		into->call = LS_RES_NONE;
	if (into->cuda_contexts < from->cuda_contexts)
		into->cuda_contexts = from->cuda_contexts;
	if (into->streams < from->streams)
		into->streams = from->streams;
	into->sought += from->sought;
	into->held += from->held;
	into->held_by_leak += from->held_by_leak;
	into->reclaimed.bytes += from->reclaimed.bytes;
	into->reclaimed.blocks += from->reclaimed.blocks;
	if (into->label && (!from->label || strcmp(into->label, from->label) != 0))
		into->label = NULL;
}

/* A copy of LEAK that others can be merged into. */
static struct lr_leak *copy_leak(struct lr_arena *arena, const struct lr_leak *leak)
{
	struct lr_leak *copy = lr_arena_alloc(arena, sizeof *copy);

	*copy = *leak;
	if (leak->gpu) {
		copy->gpu = lr_arena_alloc(arena, sizeof *copy->gpu);
		*copy->gpu = *leak->gpu;
	}
	return copy;
}

static void merge(struct lr_arena *arena, struct lr_leak *into, const struct lr_leak *from)
{
	into->bytes += from->bytes;
	into->blocks += from->blocks;
	if (from->smallest < into->smallest)
		into->smallest = from->smallest;
	if (from->largest > into->largest)
		into->largest = from->largest;
	if (from->first_s < into->first_s)
		into->first_s = from->first_s;
	if (from->last_s > into->last_s)
		into->last_s = from->last_s;
	into->retained.bytes += from->retained.bytes;
	into->retained.blocks += from->retained.blocks;
	if (from->max_birth > into->max_birth)
		into->max_birth = from->max_birth;
	into->outlived = into->outlived && from->outlived;
	if (into->gpu)
		merge_gpu(arena, into->gpu, from->gpu);
	into->referrers = NULL;
	into->referrer_count = 0;
	into->scope_instances = into->scope_closes = 0;
	add_threads(arena, into, from);
}

struct merged {
	char *key;
	struct lr_leak *leak;
	UT_hash_handle hh;
};

/*
 * Merge the COUNT leaks of LIST in place; kinds, memories and, but for the module
 * and thread groups, scopes are never mixed.  Returns how many are left.
 */
static size_t group_leaks(struct lr_arena *arena, struct lr_leak **list, size_t count,
			  enum lr_group group)
{
	struct merged *table = NULL, *entry, *next;
	bool scopes = group == LR_GROUP_MODULE || group == LR_GROUP_THREAD;
	size_t i, n = 0, length;
	char *key;

	for (i = 0; i < count; i++) {
		key = lr_arena_printf(arena, "%d|%d|%s|%s", list[i]->kind, list[i]->memory,
				      scopes ? "" : list[i]->scope,
				      group_key(arena, list[i], group));
		length = strlen(key);
		HASH_FIND(hh, table, key, length, entry);
		if (entry) {
			if (scopes && strcmp(entry->leak->scope, list[i]->scope) != 0)
				entry->leak->scope = "/";
			merge(arena, entry->leak, list[i]);
			continue;
		}
		entry = lr_alloc(1, sizeof *entry);
		entry->key = key;
		entry->leak = copy_leak(arena, list[i]);
		group_frames(arena, entry->leak, group);
		lr_fingerprint(key, NULL, 0, entry->leak->fingerprint);
		HASH_ADD_KEYPTR(hh, table, entry->key, length, entry);
		list[n++] = entry->leak;
	}
	HASH_ITER(hh, table, entry, next) {
		HASH_DEL(table, entry);
		free(entry);
	}
	return n;
}

/* A site with some of its leaks: what all of them keep alive counts where all are there. */
struct site {
	struct lr_leak *merged;
	size_t leaks;
	uint64_t largest; /* of its leaks: the kind shown is that one's */
};

/* Merge the COUNT leaks of LIST by site, in place.  Returns how many are left. */
static size_t group_sites(const struct lr_model *model, struct lr_leak **list, size_t count)
{
	struct site *sites = lr_alloc(model->site_count, sizeof *sites);
	size_t i, n = 0;

	for (i = 0; i < count; i++) {
		struct site *site = &sites[list[i]->site];

		if (!site->leaks++) {
			site->merged = copy_leak(model->arena, list[i]);
			site->largest = list[i]->bytes;
			list[n++] = site->merged;
			continue;
		}
		merge(model->arena, site->merged, list[i]);
		if (list[i]->bytes > site->largest) {
			site->largest = list[i]->bytes;
			site->merged->kind = list[i]->kind;
		}
	}
	for (i = 0; i < n; i++) {
		if (sites[list[i]->site].leaks == model->sites[list[i]->site].leaks)
			list[i]->retained = model->sites[list[i]->site].retained;
	}
	free(sites);
	return n;
}

static int compare(uint64_t a, uint64_t b)
{
	return a > b ? -1 : a < b;
}

/* Larger first; equal ones in an order that every run repeats. */
static int by_bytes(const void *a, const void *b)
{
	const struct lr_leak *x = *(struct lr_leak *const *)a, *y = *(struct lr_leak *const *)b;
	int order = compare(x->bytes, y->bytes);

	if (!order)
		order = compare(x->blocks, y->blocks);
	if (!order)
		order = strcmp(x->scope, y->scope);
	if (!order)
		order = strcmp(x->fingerprint, y->fingerprint);
	if (!order && x->frame_count && y->frame_count)
		order = compare(y->frames[0].offset, x->frames[0].offset);
	return order;
}

static int by_blocks(const void *a, const void *b)
{
	const struct lr_leak *x = *(struct lr_leak *const *)a, *y = *(struct lr_leak *const *)b;
	int order = compare(x->blocks, y->blocks);

	return order ? order : by_bytes(a, b);
}

static int by_recent(const void *a, const void *b)
{
	const struct lr_leak *x = *(struct lr_leak *const *)a, *y = *(struct lr_leak *const *)b;

	if (x->last_s != y->last_s)
		return x->last_s > y->last_s ? -1 : 1;
	return by_bytes(a, b);
}

static int by_retained(const void *a, const void *b)
{
	const struct lr_leak *x = *(struct lr_leak *const *)a, *y = *(struct lr_leak *const *)b;
	int order = compare(x->retained.bytes, y->retained.bytes);

	if (!order)
		order = compare(x->retained.blocks, y->retained.blocks);
	return order ? order : by_bytes(a, b);
}

static bool has_snapshot(const struct lr_model *model, const char *label)
{
	size_t i;

	for (i = 0; i < model->snapshot_count; i++) {
		if (strcmp(model->snapshots[i].label, label) == 0)
			return true;
	}
	return false;
}

/* The rule that covers LEAK, or NULL: the user's come before the program's own. */
static const char *rule_for(const struct lr_view *view, const struct lr_view_options *options,
			    const struct lr_leak *leak)
{
	const char *rule = NULL;

	if (options->suppressions)
		rule = lr_suppressions_match(options->suppressions, leak);
	if (!rule && view->program_rules) {
		rule = lr_suppressions_match(view->program_rules, leak);
		if (rule) /* the model outlives the view */
			rule = lr_arena_string(view->model->arena, rule);
	}
	return rule;
}

/* Sum up, and put the selected leaks into VIEW->leaks. */
static void pick(struct lr_view *view, struct lr_model *model,
		 const struct lr_view_options *options)
{
	struct lr_summary *sum = &view->summary;
	size_t i;

	for (i = 0; i < model->leak_count; i++) {
		struct lr_leak *leak = &model->leaks[i];
		bool selected = lr_selection_has(options->selection, model, leak);

		leak->suppressed_by = rule_for(view, options, leak);
		if (leak->suppressed_by) {
			if (selected) {
				add_amount(&sum->suppressed, leak);
				sum->suppressed_handles += handles_of(leak);
			}
			continue;
		}
		add_amount(&sum->by_kind[leak->kind], leak);
		if (leak->outlived)
			add_amount(&sum->outlived, leak);
		if (!selected)
			continue;
		sum->leaked_bytes += leak->bytes;
		sum->leaked_blocks += leak->blocks;
		sum->leaked_handles += handles_of(leak);
		view->leaks[view->leak_count++] = leak;
	}
}

int lr_view_make(struct lr_view *view, struct lr_model *model,
		 const struct lr_view_options *options, struct lr_error *err)
{
	static int (*const orders[])(const void *, const void *) = {
		[LR_SORT_BYTES] = by_bytes,
		[LR_SORT_BLOCKS] = by_blocks,
		[LR_SORT_RECENT] = by_recent,
	};
	const char *since = options->selection->since;
	size_t i;

	memset(view, 0, sizeof *view);
	view->model = model;
	view->selection = options->selection;
	view->suppressions = options->suppressions;
	view->symbols = options->symbols;
	view->width = options->width;
	view->color = options->color;
	view->verbose = options->verbose;
	view->referrers = options->referrers;
	view->retained = options->group == LR_GROUP_RETAINED;
	if (since && !has_snapshot(model, since))
		return lr_fail(err, "--since: %s has no snapshot '%s'", model->recording, since);
	if (options->group == LR_GROUP_RETAINED && !model->dominators)
		return lr_fail(err,
			       "--group retained: %s has no leak scan that says which block leads "
			       "to which; record without scan=0 and to its end, or use `leakscope "
			       "snapshot PID`",
			       model->recording);
	view->program_rules = lr_program_rules(model);
	view->leaks = lr_arena_array(model->arena, model->leak_count, sizeof *view->leaks);
	pick(view, model, options);
	if (options->group == LR_GROUP_RETAINED)
		view->leak_count = group_sites(model, view->leaks, view->leak_count);
	else if (options->group != LR_GROUP_NONE)
		view->leak_count =
			group_leaks(model->arena, view->leaks, view->leak_count, options->group);
	if (view->leak_count)
		qsort(view->leaks, view->leak_count, sizeof *view->leaks,
		      view->retained ? by_retained : orders[options->sort]);
	if (options->top && view->leak_count > options->top) {
		for (i = options->top; i < view->leak_count; i++)
			add_amount(&view->hidden, view->leaks[i]);
		view->hidden_count = view->leak_count - options->top;
		view->leak_count = options->top;
	}
	return 0;
}

void lr_view_free(struct lr_view *view)
{
	/* all else that a view points to lives in its model's arena */
	lr_suppressions_free(view->program_rules);
	memset(view, 0, sizeof *view);
}
