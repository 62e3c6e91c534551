/* SPDX-License-Identifier: MIT */
/* Recordings by hand, see make_recording.h. */
#include "make_recording.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EXE_BASE 0x555555554000ull
#define ROOT_PATH 1u

struct buffer {
	uint8_t *data;
	size_t used, room;
};

struct mr {
	struct ls_header header;
	struct buffer sections[LS_SEC_COUNT];
	uint32_t chunk;
	/* the file while it is put together */
	struct buffer file;
	struct ls_chunk *directory;
	size_t chunks, chunk_room;
};

static size_t record_size(enum ls_section section)
{
	static const size_t sizes[LS_SEC_COUNT] = {
		[LS_SEC_MODULES] = sizeof(struct ls_module),
		[LS_SEC_THREADS] = sizeof(struct ls_thread),
		[LS_SEC_PATHS] = sizeof(struct ls_path),
		[LS_SEC_SCOPES] = sizeof(struct ls_scope),
		[LS_SEC_CONTEXTS] = sizeof(struct ls_context),
		[LS_SEC_SITES] = sizeof(struct ls_site),
		[LS_SEC_LIVE] = sizeof(struct ls_live),
		[LS_SEC_CLOSES] = sizeof(struct ls_close),
		[LS_SEC_TIMELINE] = sizeof(struct ls_sample),
		[LS_SEC_SNAPSHOTS] = sizeof(struct ls_snapshot),
		[LS_SEC_NOTES] = sizeof(struct ls_note),
		[LS_SEC_VERDICTS] = sizeof(struct ls_verdict),
		[LS_SEC_SCANS] = sizeof(struct ls_scan),
		[LS_SEC_ROOTS] = sizeof(struct ls_root),
		[LS_SEC_DEVICES] = sizeof(struct ls_device),
		[LS_SEC_RESOURCES] = sizeof(struct ls_resource),
	};

	return sizes[section];
}

/* SIZE zeroed bytes at the end of BUFFER; its offset is returned. */
static size_t extend(struct buffer *buffer, size_t size)
{
	size_t at = buffer->used;

	if (buffer->used + size > buffer->room) {
		buffer->room = 2 * (buffer->used + size) + 256;
		buffer->data = realloc(buffer->data, buffer->room);
		if (!buffer->data)
			abort();
	}
	memset(buffer->data + at, 0, size);
	buffer->used += size;
	return at;
}

/* The same for SIZE bytes that must not straddle two chunks. */
static size_t extend_whole(struct mr *mr, enum ls_section section, size_t size)
{
	struct buffer *buffer = &mr->sections[section];

	if (mr->chunk && buffer->used / mr->chunk != (buffer->used + size - 1) / mr->chunk)
		extend(buffer, mr->chunk - buffer->used % mr->chunk);
	return extend(buffer, size);
}

struct ls_header *mr_header(struct mr *mr)
{
	return &mr->header;
}

void mr_chunk_size(struct mr *mr, uint32_t bytes)
{
	mr->chunk = bytes;
}

uint32_t mr_string(struct mr *mr, const char *text)
{
	size_t length = strlen(text) + 1, at = extend_whole(mr, LS_SEC_STRINGS, length);

	memcpy(mr->sections[LS_SEC_STRINGS].data + at, text, length);
	return (uint32_t)at;
}

void mr_cmdline(struct mr *mr, const char *const *arguments)
{
	size_t length = 0, at, i;

	for (i = 0; arguments[i]; i++)
		length += strlen(arguments[i]) + 1;
	at = extend_whole(mr, LS_SEC_STRINGS, length ? length : 1);
	mr->header.cmdline = (uint32_t)at;
	mr->header.cmdline_length = (uint32_t)length;
	for (i = 0; arguments[i]; i++) {
		strcpy((char *)mr->sections[LS_SEC_STRINGS].data + at, arguments[i]);
		at += strlen(arguments[i]) + 1;
	}
}

void *mr_at(struct mr *mr, enum ls_section section, uint32_t id)
{
	return mr->sections[section].data + id * record_size(section);
}

uint32_t mr_record(struct mr *mr, enum ls_section section)
{
	size_t size = record_size(section), at = extend(&mr->sections[section], size);
	const uint32_t one = 1;
	void *record;

	if (at == 0) /* record 0 is nobody's */
		at = extend(&mr->sections[section], size);
	record = mr->sections[section].data + at;
	if (section == LS_SEC_TIMELINE)
		((struct ls_sample *)record)->state = 1;
	else if (section != LS_SEC_LIVE && section != LS_SEC_VERDICTS)
		memcpy(record, &one, sizeof one);
	return (uint32_t)(at / size);
}

uint32_t mr_module(struct mr *mr, const char *path, uint64_t start, uint64_t end, uint64_t bias)
{
	uint32_t name = mr_string(mr, path), id = mr_record(mr, LS_SEC_MODULES);
	struct ls_module *module = mr_at(mr, LS_SEC_MODULES, id);

	module->path = name;
	module->start = start;
	module->end = end;
	module->bias = bias;
	return id;
}

uint32_t mr_thread(struct mr *mr, const char *name)
{
	uint32_t id = mr_record(mr, LS_SEC_THREADS);
	struct ls_thread *thread = mr_at(mr, LS_SEC_THREADS, id);

	memcpy(thread->name, name, strnlen(name, sizeof thread->name));
	thread->tid = 4710 + id;
	thread->instances = 1;
	return id;
}

uint32_t mr_stack(struct mr *mr, const uint64_t *pc, uint32_t count)
{
	struct ls_stack *stack;
	size_t at;

	if (!mr->sections[LS_SEC_STACKS].used)
		extend(&mr->sections[LS_SEC_STACKS], 8);
	at = extend_whole(mr, LS_SEC_STACKS, sizeof *stack + count * sizeof *pc);
	stack = (void *)(mr->sections[LS_SEC_STACKS].data + at);
	stack->state = 1;
	stack->count = count;
	stack->load_generation = mr->header.load_generation;
	if (count)
		memcpy(stack->pc, pc, count * sizeof *pc);
	return (uint32_t)(at / 8);
}

uint32_t mr_path(struct mr *mr, uint32_t parent, const char *name)
{
	uint32_t text = mr_string(mr, name), id = mr_record(mr, LS_SEC_PATHS);
	struct ls_path *path = mr_at(mr, LS_SEC_PATHS, id);

	path->parent = parent;
	path->name = text;
	path->kind = LS_SCOPE_USER;
	return id;
}

uint32_t mr_scope(struct mr *mr, uint32_t path, uint32_t state)
{
	uint32_t id = mr_record(mr, LS_SEC_SCOPES);
	struct ls_scope *scope = mr_at(mr, LS_SEC_SCOPES, id);
	struct ls_path *of = mr_at(mr, LS_SEC_PATHS, path);

	scope->state = state;
	scope->path = path;
	scope->serial = id;
	scope->thread = 1;
	of->instances++;
	of->open_instances += state == 1;
	return id;
}

uint32_t mr_context(struct mr *mr, uint32_t stack, uint32_t path, uint32_t scope, uint32_t thread,
		    enum ls_memory memory)
{
	uint32_t id = mr_record(mr, LS_SEC_CONTEXTS);
	struct ls_context *context = mr_at(mr, LS_SEC_CONTEXTS, id);

	context->stack = stack;
	context->path = path;
	context->scope = scope;
	context->thread = thread;
	context->memory = memory;
	return id;
}

void mr_slot(struct mr *mr, uint64_t word, uint32_t size_low, uint32_t context)
{
	struct buffer *live = &mr->sections[LS_SEC_LIVE];
	struct ls_live slot = {word, size_low, context};
	size_t at = extend(live, sizeof slot);

	memcpy(live->data + at, &slot, sizeof slot);
}

void mr_block(struct mr *mr, uint64_t address, uint64_t size, uint32_t context)
{
	struct ls_context *c = mr_at(mr, LS_SEC_CONTEXTS, context);
	uint64_t word = address | LS_LIVE_BLOCK;

	if (size >> 32)
		word |= LS_LIVE_HUGE | size >> 32 << LS_LIVE_SHIFT;
	else
		word |= (uint64_t)mr->header.epoch << LS_LIVE_SHIFT;
	mr_slot(mr, word, (uint32_t)size, context);
	c->allocations++;
	c->allocated_bytes += size;
	mr->header.peaks[c->memory].live_bytes += (int64_t)size;
	mr->header.peaks[c->memory].peak_bytes += (int64_t)size;
}

uint32_t mr_snapshot(struct mr *mr, const char *label, uint32_t tick, uint32_t epoch)
{
	uint32_t text = mr_string(mr, label), id = mr_record(mr, LS_SEC_SNAPSHOTS);
	struct ls_snapshot *snapshot = mr_at(mr, LS_SEC_SNAPSHOTS, id);

	snapshot->label = text;
	snapshot->tick = tick;
	snapshot->epoch = epoch;
	mr->header.epoch = epoch;
	return id;
}

uint32_t mr_scan(struct mr *mr, uint32_t flags, uint32_t epoch)
{
	uint32_t id = mr_record(mr, LS_SEC_SCANS);
	struct ls_scan *scan = mr_at(mr, LS_SEC_SCANS, id);

	scan->state = LS_SCAN_DONE;
	scan->number = id;
	scan->flags = flags;
	scan->epoch = epoch;
	return id;
}

uint32_t mr_verdict(struct mr *mr, uint32_t scan, uint64_t address, enum ls_kind kind)
{
	uint32_t id = mr_record(mr, LS_SEC_VERDICTS);
	struct ls_verdict *verdict = mr_at(mr, LS_SEC_VERDICTS, id);
	struct ls_scan *of = mr_at(mr, LS_SEC_SCANS, scan);

	verdict->address = address;
	verdict->kind = (uint8_t)kind;
	if (!of->count++)
		of->first = id;
	return id;
}

void mr_held(struct mr *mr, uint32_t verdict, enum ls_holder type, uint64_t holder, uint32_t root)
{
	struct ls_verdict *v = mr_at(mr, LS_SEC_VERDICTS, verdict);

	v->holder_type = (uint8_t)type;
	v->holder = holder;
	v->root = (uint16_t)root;
}

uint32_t mr_root(struct mr *mr, uint32_t scan, enum ls_holder type, uint64_t start, uint64_t end,
		 uint32_t thread, const char *name)
{
	uint32_t id = mr_record(mr, LS_SEC_ROOTS);
	struct ls_root *root = mr_at(mr, LS_SEC_ROOTS, id);
	struct ls_scan *of = mr_at(mr, LS_SEC_SCANS, scan);

	root->type = type;
	root->start = start;
	root->end = end;
	root->thread = thread;
	memcpy(root->name, name, strnlen(name, sizeof root->name));
	if (!of->roots_count++)
		of->roots_first = id;
	return of->roots_count;
}

uint32_t mr_device(struct mr *mr, uint32_t ordinal, const char *name, uint64_t total_bytes)
{
	uint32_t text = mr_string(mr, name), id = mr_record(mr, LS_SEC_DEVICES);
	struct ls_device *device = mr_at(mr, LS_SEC_DEVICES, id);

	device->ordinal = ordinal;
	device->name = text;
	device->total_bytes = total_bytes;
	memcpy(device->uuid, "\x01\x23\x45\x67\x89\xab\xcd\xef\xfe\xdc\xba\x98\x76\x54\x32", 15);
	device->uuid[15] = (uint8_t)(ordinal + 1);
	mr->header.gpu_flags |= LS_GPU_SEEN;
	return id;
}

/* As the shim counts a device's memory. */
static int is_on_device(uint32_t memory)
{
	return memory == LS_MEM_DEVICE || memory == LS_MEM_VMM || memory == LS_MEM_POOL ||
	       memory == LS_MEM_ARRAY || memory == LS_MEM_GRAPH;
}

uint32_t mr_resource(struct mr *mr, enum ls_resource_type type, uint64_t handle, uint64_t size,
		     uint32_t context, uint32_t device)
{
	uint32_t id = mr_record(mr, LS_SEC_RESOURCES);
	struct ls_resource *resource = mr_at(mr, LS_SEC_RESOURCES, id);
	struct ls_context *c = mr_at(mr, LS_SEC_CONTEXTS, context);
	struct ls_peak *peaks[2] = {&mr->header.peaks[c->memory], NULL};
	int i;

	resource->state = LS_RESOURCE_LIVE;
	resource->context = context;
	resource->handle = handle;
	resource->size = size;
	resource->cuda_context = 0xc0de0000;
	resource->type = (uint16_t)type;
	resource->device = (uint16_t)device;
	resource->references = 1;
	resource->birth = mr->header.epoch;
	c->allocations++;
	c->allocated_bytes += size;
	if (device && is_on_device(c->memory))
		peaks[1] = &((struct ls_device *)mr_at(mr, LS_SEC_DEVICES, device))->memory;
	for (i = 0; i < 2 && peaks[i]; i++) {
		peaks[i]->live_bytes += (int64_t)size;
		peaks[i]->peak_bytes += (int64_t)size;
	}
	return id;
}

void mr_reclaim(struct mr *mr, uint32_t resource)
{
	struct ls_resource *r = mr_at(mr, LS_SEC_RESOURCES, resource);
	const struct ls_context *c = mr_at(mr, LS_SEC_CONTEXTS, r->context);
	struct ls_device *device;

	r->state = LS_RESOURCE_RECLAIMED;
	if (!r->device || c->memory == LS_MEM_HANDLE)
		return;
	device = mr_at(mr, LS_SEC_DEVICES, r->device);
	device->reclaimed_blocks++;
	device->reclaimed_bytes += r->size;
	if (is_on_device(c->memory))
		device->memory.live_bytes -= (int64_t)r->size;
}

uint32_t mr_sample(struct mr *mr, uint32_t tick, uint64_t rss, uint64_t host)
{
	uint32_t id = mr_record(mr, LS_SEC_TIMELINE);
	struct ls_sample *sample = mr_at(mr, LS_SEC_TIMELINE, id);

	sample->tick = tick;
	sample->rss_bytes = rss;
	sample->host_bytes = host;
	return id;
}

uint32_t mr_note(struct mr *mr, enum ls_note_level level, const char *text, uint64_t count)
{
	uint32_t string = mr_string(mr, text), id = mr_record(mr, LS_SEC_NOTES);
	struct ls_note *note = mr_at(mr, LS_SEC_NOTES, id);

	note->level = level;
	note->text = string;
	note->count = count;
	return id;
}

struct mr *mr_new(void)
{
	static const char *const arguments[] = {"train", NULL};
	struct mr *mr = calloc(1, sizeof *mr);
	struct ls_header *h;
	struct ls_path *root;

	if (!mr)
		abort();
	h = &mr->header;
	memcpy(h->magic, LS_MAGIC, sizeof h->magic);
	h->version = LS_VERSION;
	h->endian = LS_ENDIAN_MARK;
	h->header_size = LS_HEADER_SIZE;
	h->page_size = 4096;
	memcpy(h->uuid, "a made-up uuid..", sizeof h->uuid);
	h->pid = 4711;
	h->ppid = 4000;
	h->started_ns = 1767225600000000000ull; /* 2026-01-01 */
	h->mono_start_ns = 1000000000;
	h->ended_ns = h->mono_start_ns + 12400000000ull;
	h->state = LS_STATE_EXITED;
	h->flags = LS_F_FINISHED | LS_F_ROOT;
	h->depth = 64;
	h->load_generation = 1;
	extend(&mr->sections[LS_SEC_STRINGS], 8);
	h->exe = mr_string(mr, "/home/user/train");
	mr_cmdline(mr, arguments);
	h->options = mr_string(mr, "depth=64:children=yes");
	root = mr_at(mr, LS_SEC_PATHS, mr_record(mr, LS_SEC_PATHS));
	root->kind = LS_SCOPE_PROCESS;
	root->instances = root->open_instances = 1;
	mr_thread(mr, "main");
	mr_record(mr, LS_SEC_MODULES);
	((struct ls_module *)mr_at(mr, LS_SEC_MODULES, 1))->state = 0;
	mr_record(mr, LS_SEC_CONTEXTS);
	((struct ls_context *)mr_at(mr, LS_SEC_CONTEXTS, 1))->state = 0;
	extend(&mr->sections[LS_SEC_STACKS], 8);
	return mr;
}

void mr_free(struct mr *mr)
{
	size_t i;

	for (i = 0; i < LS_SEC_COUNT; i++)
		free(mr->sections[i].data);
	free(mr->directory);
	free(mr->file.data);
	free(mr);
}

static void add_chunk(struct mr *mr, enum ls_section section, uint32_t index, uint64_t start,
		      const uint8_t *data, size_t length)
{
	size_t padded = (length + 7) & ~(size_t)7, at = extend(&mr->file, padded);
	struct ls_chunk *chunk;

	if (length)
		memcpy(mr->file.data + at, data, length);
	if (mr->chunks == mr->chunk_room) {
		mr->chunk_room = 2 * mr->chunk_room + 64;
		mr->directory = realloc(mr->directory, mr->chunk_room * sizeof *mr->directory);
		if (!mr->directory)
			abort();
	}
	chunk = &mr->directory[mr->chunks++];
	memset(chunk, 0, sizeof *chunk);
	chunk->section = section;
	chunk->index = index;
	chunk->offset = at;
	chunk->length = padded;
	chunk->start = start;
}

/* The live table: as many buckets as it takes, each chunk a table of its own. */
static void add_live(struct mr *mr)
{
	struct buffer *live = &mr->sections[LS_SEC_LIVE];
	size_t bucket = LS_BUCKET_SLOTS * sizeof(struct ls_live);
	size_t most = mr->chunk ? mr->chunk / bucket : SIZE_MAX, buckets, at = 0;
	uint32_t index = 0;
	struct buffer table;

	if (live->used % bucket || !live->used)
		extend(live, bucket - live->used % bucket);
	do {
		buckets = (live->used - at) / bucket;
		if (buckets > most)
			buckets = most;
		memset(&table, 0, sizeof table);
		extend(&table, buckets * bucket + buckets);
		memcpy(table.data, live->data + at, buckets * bucket);
		add_chunk(mr, LS_SEC_LIVE, index++, at, table.data, table.used);
		mr->directory[mr->chunks - 1].aux = (uint32_t)buckets;
		free(table.data);
		at += buckets * bucket;
	} while (at < live->used);
}

/* Header entries first; what is too much for them into chained directory chunks. */
static void write_directory(struct mr *mr)
{
	size_t total = mr->chunks, done = 0, here, at = 0;
	struct ls_chunk *into = mr->header.directory;
	struct ls_chunk link;
	uint32_t index = 0;

	for (;;) {
		here = total - done <= LS_DIR_ENTRIES ? total - done : LS_DIR_ENTRIES - 1;
		memcpy(into, mr->directory + done, here * sizeof *into);
		if (at)
			memcpy(mr->file.data + at, mr->header.directory,
			       sizeof mr->header.directory);
		done += here;
		if (done == total)
			break;
		memset(&link, 0, sizeof link);
		link.section = LS_SEC_DIRECTORY;
		link.index = index;
		link.length = sizeof mr->header.directory;
		link.start = index++ * link.length;
		link.offset = mr->file.used;
		into[here] = link;
		if (at)
			memcpy(mr->file.data + at, mr->header.directory,
			       sizeof mr->header.directory);
		else
			memcpy(mr->file.data, &mr->header, sizeof mr->header);
		at = extend(&mr->file, link.length);
		memset(mr->header.directory, 0, sizeof mr->header.directory);
	}
	if (!at)
		memcpy(mr->file.data, &mr->header, sizeof mr->header);
}

uint8_t *mr_finish(struct mr *mr, size_t *size)
{
	uint8_t *data;
	uint32_t index;
	size_t at, part, most;
	int section;

	extend(&mr->file, LS_HEADER_SIZE);
	for (section = LS_SEC_STRINGS; section < LS_SEC_COUNT; section++) {
		struct buffer *buffer = &mr->sections[section];

		if (section < (int)LS_USED_COUNT)
			mr->header.used[section] = buffer->used;
		if (section == LS_SEC_LIVE) {
			add_live(mr);
			continue;
		}
		/* a page's worth of free records, as a shim leaves them */
		if (section == LS_SEC_STRINGS || section == LS_SEC_STACKS)
			extend(buffer, 8 - buffer->used % 8);
		for (at = index = 0; at < buffer->used; at += part) {
			most = mr->chunk;
			if (section == LS_SEC_VERDICTS) /* of a size that no power of two holds */
				most -= most % sizeof(struct ls_verdict);
			part = buffer->used - at;
			if (most && part > most)
				part = most;
			add_chunk(mr, section, index++, at, buffer->data + at, part);
		}
	}
	write_directory(mr);
	data = mr->file.data;
	*size = mr->file.used;
	mr->file.data = NULL;
	return data;
}

int mr_write(struct mr *mr, const char *path)
{
	size_t size, done = 0;
	uint8_t *data = mr_finish(mr, &size);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666), status = 0;
	ssize_t n;

	if (fd < 0)
		status = -errno;
	while (!status && done < size) {
		n = write(fd, data + done, size - done);
		if (n < 0)
			status = -errno;
		else
			done += (size_t)n;
	}
	if (fd >= 0)
		close(fd);
	free(data);
	return status;
}

struct mr *mr_sample_recording(const char *exe, const uint64_t *code, uint32_t count)
{
	static const char *const arguments[] = {"./train", "--leak", NULL};
	uint32_t trainer, epoch, batch, worker, stack, context, scope, device, i;
	struct mr *mr = mr_new();
	struct ls_header *h = mr_header(mr);
	struct ls_path *path;
	uint64_t pc[8];

	if (count > 8)
		count = 8;
	h->exe = mr_string(mr, exe);
	mr_cmdline(mr, arguments);
	mr_module(mr, exe, EXE_BASE, EXE_BASE + 0x10000000, EXE_BASE);
	mr_module(mr, "/nowhere/libshim.so", 0x7f0000000000, 0x7f0000010000, 0x7f0000000000);
	((struct ls_module *)mr_at(mr, LS_SEC_MODULES, 3))->is_shim = 1;
	for (i = 0; i < count; i++)
		pc[i] = EXE_BASE + code[i];
	worker = mr_thread(mr, "worker");
	trainer = mr_path(mr, ROOT_PATH, "trainer");
	epoch = mr_path(mr, trainer, "epoch");
	batch = mr_path(mr, epoch, "batch");
	mr_scope(mr, trainer, 2);
	for (i = 0; i < 10; i++)
		mr_scope(mr, epoch, 2);
	stack = mr_stack(mr, pc, count);
	for (i = 0; i < 120; i++) {
		scope = mr_scope(mr, batch, 2);
		context = mr_context(mr, stack, batch, scope, 1, LS_MEM_HOST);
		((struct ls_context *)mr_at(mr, LS_SEC_CONTEXTS, context))->state = 2;
		mr_block(mr, 0x10000000 + i * 0x2000, 4096, context);
	}
	path = mr_at(mr, LS_SEC_PATHS, batch);
	path->outlived_blocks = 120;
	path->outlived_bytes = 120 * 4096;
	path->peak_bytes = 120 * 4096;
	path->closes_with_survivors = 120;
	stack = mr_stack(mr, pc, count > 1 ? count - 1 : count);
	context = mr_context(mr, stack, trainer, 1, 1, LS_MEM_DEVICE);
	((struct ls_context *)mr_at(mr, LS_SEC_CONTEXTS, context))->state = 2;
	device = mr_device(mr, 0, "NVIDIA H100 80GB HBM3", 80ull << 30);
	mr_resource(mr, LS_RES_ALLOC, 0x7f1000000000, 4 << 20, context, device);
	mr_resource(mr, LS_RES_ALLOC, 0x7f1000400000, 4 << 20, context, device);
	mr_snapshot(mr, "warm", 3000, 1);
	stack = mr_stack(mr, pc + (count > 2), count > 2 ? count - 2 : count);
	context = mr_context(mr, stack, ROOT_PATH, 0, worker, LS_MEM_HOST);
	mr_block(mr, 0x20000000, 100, context);
	mr_block(mr, 0x20001000, 24, context);
	mr_sample(mr, 1000, 30 << 20, 1 << 20);
	mr_note(mr, LS_NOTE_INFO, "a note of the shim", 2);
	return mr;
}

/* Field 22 of /proc/self/stat. */
uint64_t mr_own_ticks(void)
{
	unsigned long long ticks = 0;
	char text[1024] = "", *p;
	FILE *in = fopen("/proc/self/stat", "r");

	if (!in || !fgets(text, sizeof(text), in))
		exit(2);
	fclose(in);
	p = strrchr(text, ')');
	for (int field = 2; p && field < 22; field++)
		p = strchr(p + 1, ' ');
	if (!p || sscanf(p, "%llu", &ticks) != 1)
		exit(2);
	return ticks;
}
