/* SPDX-License-Identifier: MIT */
/*
 * Reading a recording, see recording.h.  Files are read with pread, not mapped:
 * one that is truncated meanwhile would raise SIGBUS.
 */
#include "recording.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "recording_internal.h"

#define READ_TRIES 4 /* while a process keeps adding chunks */

void lr_reader_note(struct lr_recording *r, const char *format, ...)
{
	char text[600];
	va_list args;

	if (r->note_count == LR_READER_NOTES)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	r->notes[r->note_count++] = lr_arena_string(r->arena, text);
}

/* LENGTH bytes from OFFSET on; fewer at the end of the file; -1 with errno. */
static ssize_t read_at(int fd, void *buffer, size_t length, off_t offset)
{
	size_t done = 0;
	ssize_t n;

	while (done < length) {
		n = pread(fd, (char *)buffer + done, length - done, offset + (off_t)done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (n == 0)
			break;
		done += (size_t)n;
	}
	return (ssize_t)done;
}

/* Open a regular file for reading: never blocks on a pipe or device. */
static int open_regular(const char *path, struct stat *st, struct lr_error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd < 0)
		return lr_fail(err, "%s: cannot open: %s", path, strerror(errno));
	if (fstat(fd, st) == 0 && S_ISREG(st->st_mode))
		return fd;
	close(fd);
	if (S_ISDIR(st->st_mode))
		return lr_fail(err, "%s is a directory; name a recording in it (*.rec)", path);
	return lr_fail(err, "%s is not a regular file; name a recording (*.rec)", path);
}

/* Read all of FD (ST says how much) into FILE. */
static int read_all(int fd, const struct stat *st, const char *path, struct lr_file *file,
		    struct lr_error *err)
{
	uint64_t memory = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);
	size_t size = (size_t)st->st_size;
	ssize_t got;

	if ((uint64_t)st->st_size > memory)
		return lr_fail(err,
			       "%s: %llu bytes are more than this machine's memory; "
			       "read it on a larger one",
			       path, (unsigned long long)st->st_size);
	file->data = malloc(size ? size : 1);
	if (!file->data)
		return lr_fail(err, "%s: not enough memory for its %zu bytes", path, size);
	got = read_at(fd, file->data, size, 0);
	if (got < 0) {
		int error = errno;

		free(file->data);
		file->data = NULL;
		return lr_fail(err, "%s: cannot read: %s", path, strerror(error));
	}
	file->size = (size_t)got;
	return 0;
}

/* Is DATA the start of a recording that this reader understands? */
static int check_header(const char *name, const void *data, size_t size, struct lr_error *err)
{
	struct ls_header header;
	size_t magic = size < 8 ? size : 8;

	if (size == 0)
		return lr_fail(err, "%s is empty: nothing was recorded; record again", name);
	if (memcmp(data, LS_MAGIC_OVERFLOW, magic) == 0 && size >= 8)
		return lr_fail(err,
			       "%s is an overflow part of a recording; name the recording itself",
			       name);
	if (memcmp(data, LS_MAGIC, magic) != 0)
		return lr_fail(err,
			       "%s is not a leakscope recording; name a .rec file made by "
			       "`leakscope run`",
			       name);
	if (size < LS_HEADER_SIZE)
		return lr_fail(err,
			       "%s: the recording is cut off inside its header (%zu of %u bytes); "
			       "copy it again, whole",
			       name, size, LS_HEADER_SIZE);
	memcpy(&header, data, sizeof header);
	if (header.endian == __builtin_bswap32(LS_ENDIAN_MARK))
		return lr_fail(err,
			       "%s was recorded on a machine of the other byte order; "
			       "read it on such a one",
			       name);
	if (header.endian != LS_ENDIAN_MARK || header.version == 0)
		return lr_fail(err, "%s: the recording's header is damaged; record again", name);
	if (header.version > LS_VERSION)
		return lr_fail(err,
			       "%s has format version %u; this leakscope reads up to %u: "
			       "use a newer one",
			       name, header.version, LS_VERSION);
	if (header.header_size != LS_HEADER_SIZE)
		return lr_fail(err,
			       "%s: the recording's header is damaged (its size says %u); "
			       "record again",
			       name, header.header_size);
	return 0;
}

void lr_place_open(struct lr_recording *r, unsigned place, const char *path)
{
	struct ls_overflow_header header;
	struct lr_error err;
	struct stat st;
	int fd;

	if (!r->open_places)
		return;
	if (!path) {
		lr_reader_note(
			r, "an overflow file of the recording has no name; its part is missing");
		return;
	}
	fd = open_regular(path, &st, &err);
	if (fd < 0) {
		lr_reader_note(r, "overflow file: %s; its part is missing", err.text);
		return;
	}
	/* a look at the head before any of the rest is read: the name came from a file */
	if (read_at(fd, &header, sizeof header, 0) != sizeof header ||
	    memcmp(header.magic, LS_MAGIC_OVERFLOW, sizeof header.magic) != 0 ||
	    memcmp(header.uuid, r->header.uuid, sizeof header.uuid) != 0 ||
	    header.version != LS_VERSION)
		lr_reader_note(r,
			       "%s is not the overflow file of this recording; "
			       "its part is missing",
			       path);
	else if (read_all(fd, &st, path, &r->files[place], &err))
		lr_reader_note(r, "overflow file: %s; its part is missing", err.text);
	close(fd);
}

static struct lr_recording *recording_new(const char *name, bool open_places)
{
	struct lr_recording *r = lr_alloc(1, sizeof *r);

	r->arena = lr_arena_new();
	r->name = lr_arena_string(r->arena, name);
	r->open_places = open_places;
	return r;
}

void lr_recording_close(struct lr_recording *r)
{
	size_t i;

	if (!r)
		return;
	for (i = 0; i <= LS_PLACES; i++)
		free(r->files[i].data);
	lr_arena_free(r->arena);
	free(r);
}

/* R->files[0] is filled: understand it. */
static int understand(struct lr_recording *r, struct lr_error *err)
{
	if (check_header(r->name, r->files[0].data, r->files[0].size, err))
		return -1;
	memcpy(&r->header, r->files[0].data, sizeof r->header);
	return lr_directory_read(r, err);
}

/* Whether the file or its directory grew while it was read. */
static bool has_moved(int fd, const struct lr_recording *r)
{
	struct ls_header now;
	struct stat st;

	if (r->header.state != LS_STATE_RUNNING || read_at(fd, &now, sizeof now, 0) != sizeof now)
		return false;
	if (fstat(fd, &st) == 0 && (uint64_t)st.st_size > r->files[0].size)
		return true;
	return memcmp(now.directory, r->header.directory, sizeof now.directory) != 0;
}

int lr_recording_open(const char *path, struct lr_recording **recording, struct lr_error *err)
{
	struct lr_recording *r;
	struct stat st;
	int fd, tries, rc;
	bool again;

	for (tries = 1;; tries++) {
		fd = open_regular(path, &st, err);
		if (fd < 0)
			return -1;
		r = recording_new(path, true);
		rc = read_all(fd, &st, path, &r->files[0], err);
		if (rc == 0)
			rc = understand(r, err);
		again = tries < READ_TRIES && r->files[0].size >= LS_HEADER_SIZE &&
			has_moved(fd, r);
		close(fd);
		if (rc == 0 && !again) {
			*recording = r;
			return 0;
		}
		lr_recording_close(r);
		if (!again)
			return -1;
	}
}

int lr_recording_parse(const char *name, const void *data, size_t size,
		       struct lr_recording **recording, struct lr_error *err)
{
	struct lr_recording *r = recording_new(name, false);

	r->files[0].data = lr_alloc(size, 1);
	r->files[0].size = size;
	if (size)
		memcpy(r->files[0].data, data, size);
	if (understand(r, err)) {
		lr_recording_close(r);
		return -1;
	}
	*recording = r;
	return 0;
}

int lr_recording_header(const char *path, struct ls_header *header, struct lr_error *err)
{
	struct stat st;
	uint8_t bytes[LS_HEADER_SIZE];
	ssize_t got;
	int fd = open_regular(path, &st, err);

	if (fd < 0)
		return -1;
	got = read_at(fd, bytes, sizeof bytes, 0);
	close(fd);
	if (got < 0)
		return lr_fail(err, "%s: cannot read", path);
	if (check_header(path, bytes, (size_t)got, err))
		return -1;
	memcpy(header, bytes, sizeof *header);
	return 0;
}

const struct ls_header *lr_recording_get_header(const struct lr_recording *r)
{
	return &r->header;
}

uint32_t lr_recording_count(const struct lr_recording *r, enum ls_section section)
{
	return r->sections[section].records;
}

const void *lr_recording_at(const struct lr_recording *r, enum ls_section section,
			    uint32_t position, uint32_t *id)
{
	const struct section *s = &r->sections[section];
	size_t low = 0, high = s->count;
	const struct chunk *c;

	if (position >= s->records)
		return NULL;
	while (high - low > 1) {
		size_t middle = (low + high) / 2;

		if (s->chunks[middle].position <= position)
			low = middle;
		else
			high = middle;
	}
	c = &s->chunks[low];
	if (position - c->position >= c->records)
		return NULL;
	position -= c->position;
	*id = c->first + position;
	return *id ? c->data + (size_t)position * lr_record_size(section) : NULL;
}

/* The chunk that holds logical OFFSET, or NULL. */
static const struct chunk *chunk_of(const struct section *s, uint64_t offset)
{
	size_t low = 0, high = s->count;

	if (!s->count)
		return NULL;
	while (high - low > 1) {
		size_t middle = (low + high) / 2;

		if (s->chunks[middle].start <= offset)
			low = middle;
		else
			high = middle;
	}
	if (offset < s->chunks[low].start || offset - s->chunks[low].start >= s->chunks[low].length)
		return NULL;
	return &s->chunks[low];
}

const void *lr_recording_get(const struct lr_recording *r, enum ls_section section, uint32_t id,
			     uint32_t *position)
{
	size_t size = lr_record_size(section);
	const struct chunk *c = chunk_of(&r->sections[section], (uint64_t)id * size);

	if (!id || !c || id - c->first >= c->records)
		return NULL;
	if (position)
		*position = c->position + (id - c->first);
	return c->data + (size_t)(id - c->first) * size;
}

const void *lr_recording_span(const struct lr_recording *r, enum ls_section section, uint32_t id,
			      uint32_t *count)
{
	size_t size = lr_record_size(section);
	const struct chunk *c = chunk_of(&r->sections[section], (uint64_t)id * size);

	if (!id || !c || id - c->first >= c->records)
		return NULL;
	*count = c->records - (id - c->first);
	return c->data + (size_t)(id - c->first) * size;
}

const char *lr_recording_string(const struct lr_recording *r, uint32_t id)
{
	const struct chunk *c = chunk_of(&r->sections[LS_SEC_STRINGS], id);
	uint64_t at;

	if (!c || !id)
		return NULL;
	at = id - c->start;
	if (!memchr(c->data + at, 0, c->length - at))
		return NULL;
	return (const char *)c->data + at;
}

const char *lr_recording_bytes(const struct lr_recording *r, uint32_t id, uint32_t length)
{
	const struct chunk *c = chunk_of(&r->sections[LS_SEC_STRINGS], id);
	uint64_t at;

	if (!c || !id)
		return NULL;
	at = id - c->start;
	return length <= c->length - at ? (const char *)c->data + at : NULL;
}

const struct ls_stack *lr_recording_stack(const struct lr_recording *r, uint32_t id)
{
	uint64_t offset = (uint64_t)id * 8, at;
	const struct chunk *c = chunk_of(&r->sections[LS_SEC_STACKS], offset);
	const struct ls_stack *stack;

	if (!id || !c)
		return NULL;
	at = offset - c->start;
	if (c->length - at < sizeof *stack)
		return NULL;
	stack = (const void *)(c->data + at);
	if ((stack->state != 1 && stack->state != 3) || stack->count > LS_MAX_FRAMES ||
	    (c->length - at - sizeof *stack) / 8 < stack->count)
		return NULL;
	return stack;
}

uint64_t lr_recording_stack_words(const struct lr_recording *r)
{
	const struct section *s = &r->sections[LS_SEC_STACKS];
	uint64_t bytes = 0;
	size_t i;

	for (i = 0; i < s->count; i++)
		bytes += s->chunks[i].length;
	return bytes / 8;
}

bool lr_recording_live(const struct lr_recording *r, size_t index, const struct ls_live **slots,
		       size_t *count)
{
	const struct section *s = &r->sections[LS_SEC_LIVE];
	uint64_t room, wanted;

	if (index >= s->count)
		return false;
	room = s->chunks[index].length / sizeof(struct ls_live);
	wanted = (uint64_t)s->chunks[index].aux * LS_BUCKET_SLOTS;
	*slots = (const void *)s->chunks[index].data;
	*count = (size_t)(wanted < room ? wanted : room);
	return true;
}

size_t lr_recording_note_count(const struct lr_recording *r)
{
	return r->note_count;
}

const char *lr_recording_note(const struct lr_recording *r, size_t index)
{
	return r->notes[index];
}

bool lr_process_alive(const struct ls_header *header)
{
	char path[64], text[1024], *p;
	unsigned long long ticks = 0;
	ssize_t got;
	char state = 0;
	int fd;

	snprintf(path, sizeof path, "/proc/%u/stat", header->pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	got = read(fd, text, sizeof text - 1);
	close(fd);
	if (got <= 0)
		return false;
	text[got] = '\0';
	/* the name in parentheses may hold anything: the fields follow the last one */
	p = strrchr(text, ')');
	if (!p || sscanf(p + 1,
			 " %c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d "
			 "%*d %*d %llu",
			 &state, &ticks) != 2)
		return false;
	return state != 'Z' && state != 'X' && ticks == header->start_ticks;
}
