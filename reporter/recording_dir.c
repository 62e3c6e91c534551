/* SPDX-License-Identifier: MIT */
/*
 * The chunk directory: from the header's list of chunks to sections.  Whatever
 * can't be a recording (chunks that overlap, lie on the header or are not
 * aligned) is refused as damage; what a cut file lacks is clipped with a note.
 * Because chunks may not overlap, all that is derived from them is bounded by
 * the size of the files.
 */
#include <stdlib.h>
#include <string.h>

#include "recording_internal.h"

#define MOST_DIRECTORIES 4096u

struct list {
	struct ls_chunk *chunks;
	size_t count, room;
};

size_t lr_record_size(unsigned section)
{
	switch (section) {
	case LS_SEC_MODULES: return sizeof(struct ls_module);
	case LS_SEC_THREADS: return sizeof(struct ls_thread);
	case LS_SEC_PATHS: return sizeof(struct ls_path);
	case LS_SEC_SCOPES: return sizeof(struct ls_scope);
	case LS_SEC_CONTEXTS: return sizeof(struct ls_context);
	case LS_SEC_SITES: return sizeof(struct ls_site);
	case LS_SEC_CLOSES: return sizeof(struct ls_close);
	case LS_SEC_TIMELINE: return sizeof(struct ls_sample);
	case LS_SEC_SNAPSHOTS: return sizeof(struct ls_snapshot);
	case LS_SEC_NOTES: return sizeof(struct ls_note);
	case LS_SEC_VERDICTS: return sizeof(struct ls_verdict);
	case LS_SEC_SCANS: return sizeof(struct ls_scan);
	case LS_SEC_ROOTS: return sizeof(struct ls_root);
	case LS_SEC_DEVICES: return sizeof(struct ls_device);
	case LS_SEC_RESOURCES: return sizeof(struct ls_resource);
	default: return 0;
	}
}

static int damaged(const struct lr_recording *r, struct lr_error *err, const char *what)
{
	return lr_fail(err, "%s: the recording's chunk directory is damaged (%s); record again",
		       r->name, what);
}

/* How much of chunk C is there; *DATA is where. */
static uint64_t available(const struct lr_recording *r, const struct ls_chunk *c,
			  const uint8_t **data)
{
	const struct lr_file *file;

	*data = NULL;
	if (c->place == LS_PLACE_MEMORY)
		return 0;
	file = &r->files[c->place];
	if (!file->data || c->offset >= file->size)
		return 0;
	*data = file->data + c->offset;
	return c->length < file->size - c->offset ? c->length : file->size - c->offset;
}

/* A string, looked up in the chunks seen so far: the path of an overflow file. */
static const char *early_string(const struct lr_recording *r, const struct list *list, uint32_t id)
{
	const uint8_t *data;
	uint64_t length, at;
	size_t i;

	for (i = 0; i < list->count; i++) {
		const struct ls_chunk *c = &list->chunks[i];

		if (c->section != LS_SEC_STRINGS || c->place != 0 || id < c->start)
			continue;
		at = id - c->start;
		length = available(r, c, &data);
		if (at < length && memchr(data + at, 0, length - at))
			return (const char *)data + at;
	}
	return NULL;
}

static const char *check_chunk(const struct ls_chunk *c)
{
	uint64_t least = c->place ? sizeof(struct ls_overflow_header) : LS_HEADER_SIZE;

	if (c->section >= LS_SEC_COUNT)
		return "unknown section";
	if (c->place > LS_PLACES && c->place != LS_PLACE_MEMORY)
		return "unknown file";
	if (c->place == LS_PLACE_MEMORY)
		least = 0; /* an address in a process: nothing to look at */
	if (c->offset < least || c->offset % 8 || c->start % 8)
		return "chunk at an impossible offset";
	if (c->length > (uint64_t)INT64_MAX || c->offset > (uint64_t)INT64_MAX ||
	    c->start > (uint64_t)INT64_MAX)
		return "chunk beyond all bounds";
	return NULL;
}

/* Append the entries of one directory to LIST. */
static int read_entries(struct lr_recording *r, struct list *list, const struct ls_chunk *entries,
			size_t count, struct lr_error *err)
{
	const char *wrong;
	size_t i;

	for (i = 0; i < count && entries[i].section; i++) {
		const struct ls_chunk *c = &entries[i];

		wrong = check_chunk(c);
		if (wrong)
			return damaged(r, err, wrong);
		if (c->place && c->place != LS_PLACE_MEMORY && !r->tried[c->place]) {
			r->tried[c->place] = true;
			lr_place_open(r, c->place,
				      early_string(r, list, r->header.places[c->place - 1]));
		}
		if (list->count == list->room) {
			list->room = list->room ? list->room * 2 : 2 * LS_DIR_ENTRIES;
			list->chunks = lr_grow(list->chunks, list->room, sizeof *list->chunks);
		}
		list->chunks[list->count++] = *c;
	}
	return 0;
}

/* Collect the header's entries and those of all directory chunks. */
static int collect(struct lr_recording *r, struct list *list, struct lr_error *err)
{
	size_t directories = 0, i, k;
	const uint8_t *data;
	uint64_t length;

	if (read_entries(r, list, r->header.directory, LS_DIR_ENTRIES, err))
		return -1;
	for (i = 0; i < list->count; i++) {
		const struct ls_chunk c = list->chunks[i];

		if (c.section != LS_SEC_DIRECTORY)
			continue;
		if (++directories > MOST_DIRECTORIES)
			return damaged(r, err, "too many directories");
		for (k = 0; k < i; k++) {
			if (list->chunks[k].section == LS_SEC_DIRECTORY &&
			    list->chunks[k].place == c.place && list->chunks[k].offset == c.offset)
				return damaged(r, err, "it leads back to itself");
		}
		length = available(r, &c, &data) / sizeof c;
		if (length > LS_DIR_ENTRIES)
			length = LS_DIR_ENTRIES;
		if (length && read_entries(r, list, (const void *)data, length, err))
			return -1;
	}
	return 0;
}

static int by_offset(const void *a, const void *b)
{
	const struct ls_chunk *x = a, *y = b;

	if (x->place != y->place)
		return x->place < y->place ? -1 : 1;
	return x->offset < y->offset ? -1 : x->offset > y->offset;
}

static int by_section(const void *a, const void *b)
{
	const struct ls_chunk *x = a, *y = b;

	if (x->section != y->section)
		return x->section < y->section ? -1 : 1;
	return x->index < y->index ? -1 : x->index > y->index;
}

static int check_overlap(struct lr_recording *r, struct list *list, struct lr_error *err)
{
	size_t i;

	if (list->count)
		qsort(list->chunks, list->count, sizeof *list->chunks, by_offset);
	for (i = 1; i < list->count; i++) {
		const struct ls_chunk *a = &list->chunks[i - 1], *b = &list->chunks[i];

		if (a->place == b->place && a->place != LS_PLACE_MEMORY &&
		    a->offset + a->length > b->offset)
			return damaged(r, err, "two chunks overlap");
	}
	return 0;
}

/* Turn chunks C[0 … COUNT) of one section, sorted by index, into R's section. */
static int fill_section(struct lr_recording *r, const struct ls_chunk *c, size_t count,
			uint64_t *missing, struct lr_error *err)
{
	struct section *s = &r->sections[c->section];
	size_t size = lr_record_size(c->section), i;
	uint64_t start = 0, records, first;

	s->chunks = lr_arena_array(r->arena, count, sizeof *s->chunks);
	for (i = 0; i < count; i++, c++) {
		struct chunk *chunk = &s->chunks[s->count];

		if (i && c->index == c[-1].index)
			return damaged(r, err, "two chunks with one number");
		/* the live table's chunks are tables of their own: their order means nothing */
		if (c->section != LS_SEC_LIVE && (c->index != i || c->start != start)) {
			lr_reader_note(r,
				       "section %u of the recording has a gap: %zu of its chunks "
				       "are left out",
				       (unsigned)c->section, count - i);
			break;
		}
		start += c->length;
		chunk->length = available(r, c, &chunk->data);
		if (c->place != LS_PLACE_MEMORY) /* a note of the shim says that */
			*missing += c->length - chunk->length;
		chunk->start = c->start;
		chunk->index = c->index;
		chunk->aux = c->aux;
		if (size) {
			first = chunk->start / size;
			records = chunk->length / size;
			if (chunk->start % size)
				return damaged(r, err, "records across two chunks");
			/* ids have 32 bits: what lies beyond them can't be named */
			if (first + records > UINT32_MAX || s->records + records > UINT32_MAX)
				break;
			chunk->first = (uint32_t)first;
			chunk->records = (uint32_t)records;
			chunk->position = s->records;
			s->records += chunk->records;
		}
		s->count++;
	}
	return 0;
}

/* Without these there is nothing to report. */
static int check_main(const struct lr_recording *r, struct lr_error *err)
{
	static const struct {
		enum ls_section section;
		bool late; /* made at the first allocation */
		const char *name;
	} needed[] = {
		{LS_SEC_STRINGS, false, "strings"},  {LS_SEC_MODULES, false, "modules"},
		{LS_SEC_STACKS, true, "stacks"},     {LS_SEC_PATHS, false, "scope paths"},
		{LS_SEC_CONTEXTS, true, "contexts"}, {LS_SEC_LIVE, false, "live table"},
	};
	size_t i;

	for (i = 0; i < sizeof needed / sizeof *needed; i++) {
		const struct section *s = &r->sections[needed[i].section];

		if (!s->count && needed[i].late)
			continue;
		if (!s->count)
			return lr_fail(err,
				       "%s: the recording has no section of %s; it was damaged or "
				       "never completed its start: record again",
				       r->name, needed[i].name);
		if (!s->chunks[0].length)
			return lr_fail(err,
				       "%s: the recording is cut off before its section of %s "
				       "(the file has %zu bytes); copy it again, whole",
				       r->name, needed[i].name, r->files[0].size);
	}
	return 0;
}

int lr_directory_read(struct lr_recording *r, struct lr_error *err)
{
	struct list list = {0};
	uint64_t missing = 0;
	size_t i, k;
	int rc = -1;

	if (collect(r, &list, err) || check_overlap(r, &list, err))
		goto out;
	if (list.count)
		qsort(list.chunks, list.count, sizeof *list.chunks, by_section);
	for (i = 0; i < list.count; i = k) {
		for (k = i + 1; k < list.count && list.chunks[k].section == list.chunks[i].section;)
			k++;
		if (list.chunks[i].section == LS_SEC_DIRECTORY)
			continue;
		if (fill_section(r, &list.chunks[i], k - i, &missing, err))
			goto out;
	}
	if (missing)
		lr_reader_note(r,
			       "the recording is cut short: %llu bytes of it are missing; "
			       "this is what the rest says",
			       (unsigned long long)missing);
	rc = check_main(r, err);
out:
	free(list.chunks);
	return rc;
}
