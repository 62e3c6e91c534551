/* SPDX-License-Identifier: MIT */
/* See recording.h.  Writers hold ls_recording_lock; a reader may map the file at any time. */
#include "recording.h"

#include <sys/random.h>

#include "note.h"
#include "storage.h"
#include "text.h"

struct ls_header *ls_header;
struct ls_lock ls_recording_lock;

#define TABLE(sec, type, first)                                                                    \
	{                                                                                          \
		.section = LS_SEC_##sec, .record_size = sizeof(struct type), .base = (first)       \
	}
/* Contexts and threads are many, the others few; all double. */
struct ls_table ls_modules_table = TABLE(MODULES, ls_module, 32);
struct ls_table ls_threads_table = TABLE(THREADS, ls_thread, 16);
struct ls_table ls_paths_table = TABLE(PATHS, ls_path, 8);
struct ls_table ls_scopes_table = TABLE(SCOPES, ls_scope, 16);
struct ls_table ls_contexts_table = TABLE(CONTEXTS, ls_context, 64);
struct ls_table ls_sites_table = TABLE(SITES, ls_site, 32);
struct ls_table ls_closes_table = TABLE(CLOSES, ls_close, 64);
struct ls_table ls_snapshots_table = TABLE(SNAPSHOTS, ls_snapshot, 16);
struct ls_table ls_notes_table = TABLE(NOTES, ls_note, 16);
struct ls_table ls_scans_table = TABLE(SCANS, ls_scan, 8);
struct ls_table ls_devices_table = TABLE(DEVICES, ls_device, 8);
struct ls_table ls_resources_table = TABLE(RESOURCES, ls_resource, 32);

static struct ls_table *const tables[] = {
	&ls_modules_table,  &ls_threads_table, &ls_paths_table,   &ls_scopes_table,
	&ls_contexts_table, &ls_sites_table,   &ls_closes_table,  &ls_snapshots_table,
	&ls_notes_table,    &ls_scans_table,   &ls_devices_table, &ls_resources_table,
};
#define TABLES (sizeof tables / sizeof *tables)

/* The directory page being filled. */
static struct ls_chunk *directory;
static uint32_t directory_used;
static uint32_t section_chunks[LS_SEC_COUNT];

static struct {
	char *base;
	uint64_t start, length, used;
	uint32_t chunks;
} strings;
#define STRINGS_BASE 4096u

static void publish_chunk(const struct ls_chunk *c)
{
	struct ls_chunk *e = &directory[directory_used++];
	uint32_t section = c->section;
	*e = *c;
	e->section = 0;
	__atomic_store_n(&e->section, section, __ATOMIC_RELEASE);
}

static void *allocate(size_t bytes, struct ls_chunk *c)
{
	int place;
	void *p = ls_storage_alloc(bytes, c, ls_header->uuid, &place);
	if (place >= 0) {
		/* the string must not need a new chunk: it fits or stays unnamed */
		const char *path = ls_storage_place_path(place);
		if (strings.length - strings.used > ls_length(path))
			ls_header->places[place] = ls_string_add(path);
	}
	if (c->place && !(ls_header->flags & LS_F_DEGRADED)) {
		ls_header->flags |= LS_F_DEGRADED;
		ls_note_storage();
	}
	if (p)
		ls_header->recording_bytes = ls_storage_bytes();
	return p;
}

static void *new_chunk(uint32_t section, size_t bytes, uint32_t aux, uint64_t start, bool *seen)
{
	struct ls_chunk c = {.section = section, .aux = aux, .start = start};
	if (directory_used == LS_DIR_ENTRIES - 1) {
		struct ls_chunk d = {.section = LS_SEC_DIRECTORY};
		struct ls_chunk *next = allocate(LS_DIR_ENTRIES * sizeof *next, &d);
		if (!next)
			return NULL;
		d.index = section_chunks[LS_SEC_DIRECTORY]++;
		publish_chunk(&d);
		directory = next;
		directory_used = 0;
	}
	void *p = allocate(bytes, &c);
	if (!p)
		return NULL;
	c.index = section_chunks[section]++;
	publish_chunk(&c);
	*seen = c.place != LS_PLACE_MEMORY;
	return p;
}

void *ls_recording_chunk(uint32_t section, size_t bytes, uint32_t aux, uint64_t start)
{
	bool seen;
	return new_chunk(section, bytes, aux, start, &seen);
}

void *ls_recording_chunk_seen(uint32_t section, size_t bytes, uint64_t start, bool *seen)
{
	return new_chunk(section, bytes, 0, start, seen);
}

uint32_t ls_table_add(struct ls_table *t, void **record)
{
	uint32_t id = t->used;
	uint32_t q = id / t->base + 1;
	uint32_t k = 31u - (uint32_t)__builtin_clz(q);
	if (k >= LS_TABLE_CHUNKS)
		return 0;
	if (!t->chunk[k]) {
		size_t bytes = ((size_t)t->base << k) * t->record_size;
		uint64_t start = (uint64_t)t->base * ((1u << k) - 1) * t->record_size;
		char *chunk = ls_recording_chunk(t->section, bytes, 0, start);
		if (!chunk)
			return 0;
		t->chunk[k] = chunk;
		if (id == 0) {
			t->used = 1; /* record 0 means "none" */
			return ls_table_add(t, record);
		}
	}
	__atomic_store_n(&t->used, id + 1, __ATOMIC_RELEASE);
	if (t->section < LS_USED_COUNT)
		ls_header->used[t->section] = (uint64_t)t->used * t->record_size;
	*record = ls_table_at(t, id);
	return id;
}

static void reserve_first_chunk(struct ls_table *t)
{
	t->chunk[0] = ls_recording_chunk(t->section, (size_t)t->base * t->record_size, 0, 0);
	t->used = t->chunk[0] != NULL; /* record 0 means "none" */
}

uint32_t ls_string_add_n(const char *s, size_t n)
{
	if (n == 0)
		return 0;
	if (strings.length - strings.used < n + 1) {
		uint64_t start = strings.start + strings.length;
		size_t bytes = (size_t)STRINGS_BASE << (strings.chunks < 8 ? strings.chunks : 8);
		if (bytes < n + 1)
			bytes = (n + 64) & ~(size_t)63;
		char *chunk = ls_recording_chunk(LS_SEC_STRINGS, bytes, 0, start);
		if (!chunk)
			return 0;
		strings.base = chunk;
		strings.start = start;
		strings.length = bytes;
		strings.used = 0;
		strings.chunks++;
	}
	uint32_t id = (uint32_t)(strings.start + strings.used);
	ls_copy(strings.base + strings.used, s, n);
	strings.base[strings.used + n] = 0;
	strings.used += n + 1;
	ls_header->used[LS_SEC_STRINGS] = strings.start + strings.used;
	return id;
}

uint32_t ls_string_add(const char *s)
{
	return ls_string_add_n(s, ls_length(s));
}

static void new_uuid(uint8_t uuid[16])
{
	if (ls_sys3(SYS_getrandom, uuid, 16, GRND_NONBLOCK) == 16)
		return;
	/* early boot or an old kernel: unique enough to tell files apart */
	uint64_t a = ls_now_real_ns(), b = (uint64_t)ls_sys_getpid() << 32 ^ (uintptr_t)uuid;
	ls_copy(uuid, &a, 8);
	ls_copy(uuid + 8, &b, 8);
}

static void reset(void)
{
	for (unsigned i = 0; i < TABLES; i++) {
		struct ls_table *t = tables[i];
		t->used = 0;
		for (unsigned k = 0; k < LS_TABLE_CHUNKS; k++)
			t->chunk[k] = NULL;
	}
	for (unsigned i = 0; i < LS_SEC_COUNT; i++)
		section_chunks[i] = 0;
	ls_zero(&strings, sizeof strings);
	ls_recording_lock.owner = 0;
	ls_note_reset();
}

bool ls_recording_create(const char *dir, const char *name, const char *exact, int *why)
{
	reset();
	struct ls_header *h = ls_storage_create(dir, name, exact, why);
	if (!h)
		return false;
	ls_storage_first_used(LS_HEADER_SIZE);
	h->version = LS_VERSION;
	h->endian = LS_ENDIAN_MARK;
	h->header_size = LS_HEADER_SIZE;
	h->page_size = 4096;
	new_uuid(h->uuid);
	h->started_ns = ls_now_real_ns();
	h->mono_start_ns = ls_now_ns();
	h->pid = ls_sys_getpid();
	h->ppid = (uint32_t)ls_sys0(SYS_getppid);
	h->recording_bytes = ls_storage_bytes();
	directory = h->directory;
	directory_used = 0;
	ls_header = h;
	/* string 0 is "" */
	strings.base = ls_recording_chunk(LS_SEC_STRINGS, STRINGS_BASE, 0, 0);
	strings.length = STRINGS_BASE;
	strings.used = 1;
	strings.chunks = 1;
	/* a note on why the recording could not grow must not need it to grow */
	reserve_first_chunk(&ls_notes_table);
	/* the magic comes last: a file without it is no recording yet */
	__atomic_thread_fence(__ATOMIC_RELEASE);
	ls_copy(h->magic, LS_MAGIC, 8);
	return true;
}

void ls_recording_abandon(void)
{
	ls_header = NULL;
	ls_storage_abandon();
	reset();
}
