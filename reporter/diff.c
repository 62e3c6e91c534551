/* SPDX-License-Identifier: MIT */
/* What grew, see diff.h. */
#include "diff.h"

#include <stdlib.h>
#include <string.h>

#include "names.h"

#define uthash_fatal(message) lr_out_of_memory()
#include <uthash.h>

struct key {
	char fingerprint[32];
	char kind[16];
	uint32_t memory;
};

struct row {
	struct key key;
	struct lr_diff_entry entry;
	uint64_t largest;
	UT_hash_handle hh;
};

struct scope_row {
	struct lr_diff_scope scope;
	UT_hash_handle hh;
};

/* Whether a scan has said of any block of the host what it is. */
static bool is_classified(const struct lr_view *view, bool *any_host)
{
	const struct lr_model *m = view->model;
	size_t i;

	*any_host = false;
	for (i = 0; i < m->leak_count; i++) {
		if (m->leaks[i].memory != LS_MEM_HOST)
			continue;
		*any_host = true;
		if (m->leaks[i].kind != LS_KIND_UNCLASSIFIED)
			return true;
	}
	return false;
}

/* Kinds change from run to run in small ways: lost is lost, however it is. */
static const char *kind_of(const struct lr_diff *diff, const struct lr_leak *leak)
{
	if (diff->span || leak->kind == LS_KIND_DEVICE)
		return lr_kind_name(leak->kind);
	if (diff->kinds_merged)
		return "any";
	switch (leak->kind) {
	case LS_KIND_DEFINITE:
	case LS_KIND_INDIRECT:
	case LS_KIND_POSSIBLE: return "lost";
	default: return lr_kind_name(leak->kind);
	}
}

static void add(struct lr_amount *amount, const struct lr_leak *leak)
{
	amount->bytes += leak->bytes;
	amount->blocks += leak->blocks;
}

static struct row *row_of(struct row **table, const struct lr_diff *diff,
			  const struct lr_leak *leak)
{
	const char *kind = kind_of(diff, leak);
	struct row *row;
	struct key key;

	memset(&key, 0, sizeof key);
	memcpy(key.fingerprint, leak->fingerprint, sizeof key.fingerprint);
	strncpy(key.kind, kind, sizeof key.kind - 1);
	key.memory = leak->memory;
	HASH_FIND(hh, *table, &key, sizeof key, row);
	if (row)
		return row;
	row = lr_alloc(1, sizeof *row);
	row->key = key;
	row->entry.kind = kind;
	HASH_ADD(hh, *table, key, sizeof row->key, row);
	return row;
}

static struct scope_row *scope_of(struct scope_row **table, const char *path)
{
	struct scope_row *row;

	HASH_FIND_STR(*table, path, row);
	if (row)
		return row;
	row = lr_alloc(1, sizeof *row);
	row->scope.path = path;
	HASH_ADD_KEYPTR(hh, *table, row->scope.path, strlen(path), row);
	return row;
}

/* Take in one side's leaks; the new side comes first. */
static void take(struct lr_diff *diff, const struct lr_view *view, bool old, struct row **rows,
		 struct scope_row **scopes)
{
	size_t i;

	for (i = 0; i < view->leak_count; i++) {
		const struct lr_leak *leak = view->leaks[i];
		struct row *row = row_of(rows, diff, leak);
		struct scope_row *scope = scope_of(scopes, leak->scope);
		struct lr_diff_entry *e = &row->entry;

		if (!e->leak || (leak->bytes > row->largest && e->only_old == old)) {
			e->leak = leak;
			e->only_old = old;
			row->largest = leak->bytes;
		}
		e->outlived |= leak->outlived;
		e->estimated |= leak->estimated;
		add(old ? &e->before : &e->after, leak);
		add(old ? &scope->scope.before : &scope->scope.after, leak);
		add(old ? &diff->sum_before : &diff->sum_after, leak);
		if (leak->memory == LS_MEM_HANDLE)
			*(old ? &diff->handles_before : &diff->handles_after) += leak->blocks;
	}
}

static int by_change(const struct lr_amount *before_x, const struct lr_amount *after_x,
		     const struct lr_amount *before_y, const struct lr_amount *after_y)
{
	int64_t x = lr_diff_change(before_x->bytes, after_x->bytes);
	int64_t y = lr_diff_change(before_y->bytes, after_y->bytes);

	if (x == y) {
		x = lr_diff_change(before_x->blocks, after_x->blocks);
		y = lr_diff_change(before_y->blocks, after_y->blocks);
	}
	return x > y ? -1 : x < y;
}

static int compare_sites(const void *a, const void *b)
{
	const struct lr_diff_entry *x = a, *y = b;
	int order = by_change(&x->before, &x->after, &y->before, &y->after);

	if (!order)
		order = strcmp(x->leak->scope, y->leak->scope);
	if (!order)
		order = strcmp(x->leak->fingerprint, y->leak->fingerprint);
	return order ? order : strcmp(x->kind, y->kind);
}

static int compare_scopes(const void *a, const void *b)
{
	const struct lr_diff_scope *x = a, *y = b;
	int order = by_change(&x->before, &x->after, &y->before, &y->after);

	return order ? order : strcmp(x->path, y->path);
}

static bool is_changed(const struct lr_amount *before, const struct lr_amount *after, bool handles,
		       uint64_t min_bytes)
{
	int64_t bytes = lr_diff_change(before->bytes, after->bytes);

	if (!bytes && before->blocks == after->blocks)
		return false;
	return (handles && !bytes) || (uint64_t)(bytes < 0 ? -bytes : bytes) >= min_bytes;
}

/* One change into the sums of what grew and what shrank: blocks and bytes go together. */
static void sum_up(struct lr_diff *diff, const struct lr_diff_entry *e)
{
	int64_t bytes = lr_diff_change(e->before.bytes, e->after.bytes);
	int64_t blocks = lr_diff_change(e->before.blocks, e->after.blocks);
	bool grew = bytes > 0 || (bytes == 0 && blocks > 0);
	struct lr_amount *sum = grew ? &diff->grown : &diff->shrunk;

	sum->bytes += (uint64_t)(bytes < 0 ? -bytes : bytes);
	if ((blocks > 0) == grew)
		sum->blocks += (uint64_t)(blocks < 0 ? -blocks : blocks);
	*(grew ? &diff->grown_count : &diff->shrunk_count) += 1;
}

static void list_sites(struct lr_diff *diff, struct row *rows,
		       const struct lr_diff_options *options)
{
	struct row *row, *next;

	diff->sites = lr_arena_array(diff->arena, HASH_COUNT(rows), sizeof *diff->sites);
	HASH_ITER(hh, rows, row, next) {
		if (is_changed(&row->entry.before, &row->entry.after,
			       row->entry.leak->memory == LS_MEM_HANDLE, options->min_bytes)) {
			sum_up(diff, &row->entry);
			diff->sites[diff->site_count++] = row->entry;
		}
		HASH_DEL(rows, row);
		free(row);
	}
	if (diff->site_count)
		qsort(diff->sites, diff->site_count, sizeof *diff->sites, compare_sites);
	if (options->top && diff->site_count > options->top) {
		diff->hidden_count = diff->site_count - options->top;
		diff->site_count = options->top;
	}
}

static void list_scopes(struct lr_diff *diff, struct scope_row *rows,
			const struct lr_diff_options *options)
{
	struct scope_row *row, *next;

	diff->scopes = lr_arena_array(diff->arena, HASH_COUNT(rows), sizeof *diff->scopes);
	HASH_ITER(hh, rows, row, next) {
		if (is_changed(&row->scope.before, &row->scope.after, false, options->min_bytes))
			diff->scopes[diff->scope_count++] = row->scope;
		HASH_DEL(rows, row);
		free(row);
	}
	if (diff->scope_count)
		qsort(diff->scopes, diff->scope_count, sizeof *diff->scopes, compare_scopes);
}

void lr_diff_make(struct lr_diff *diff, const struct lr_diff_options *options)
{
	struct scope_row *scopes = NULL;
	bool host_before, host_after, before, after;
	struct row *rows = NULL;

	if (!diff->span) {
		before = is_classified(diff->before.view, &host_before);
		after = is_classified(diff->after.view, &host_after);
		diff->kinds_merged = before != after && host_before && host_after;
	}
	take(diff, diff->after.view, false, &rows, &scopes);
	if (!diff->span)
		take(diff, diff->before.view, true, &rows, &scopes);
	list_sites(diff, rows, options);
	list_scopes(diff, scopes, options);
}
