/* SPDX-License-Identifier: MIT */
/*
 * Looking into recordings without reading them whole, and removing stale ones.
 */
#include "find_peek.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "arena.h"
#include "fingerprint.h"
#include "recording.h"

/* Bytes of the string ID in an open recording; false: it isn't in the file itself. */
static bool peek_string(int fd, const struct ls_header *header, uint32_t id, char *text,
			size_t size)
{
	if (id == 0)
		return false;
	for (size_t i = 0; i < LS_DIR_ENTRIES; i++) {
		const struct ls_chunk *chunk = &header->directory[i];
		uint64_t inside = id - chunk->start;
		size_t want = size;
		ssize_t got;

		if (chunk->section == 0)
			break;
		if (chunk->section != LS_SEC_STRINGS || chunk->place != 0 || id < chunk->start ||
		    inside >= chunk->length || chunk->offset > INT64_MAX / 2)
			continue;
		if (chunk->length - inside < want)
			want = (size_t)(chunk->length - inside);
		got = pread(fd, text, want, (off_t)(chunk->offset + inside));
		return got > 0 && memchr(text, '\0', (size_t)got) != NULL;
	}
	return false;
}

static double seconds_between(uint64_t from, uint64_t to)
{
	return to > from ? (double)(to - from) / 1e9 : 0;
}

static void fill_state(struct lr_listed *item, const struct ls_header *header)
{
	struct timespec now;

	item->alive = lr_process_alive(header);
	item->duration_s = header->ended_ns
				   ? seconds_between(header->mono_start_ns, header->ended_ns)
				   : (double)header->tick / 1e3;
	switch (header->state) {
	case LS_STATE_EXITED:
		item->state = "exited";
		item->exit_code = header->exit_code;
		return;
	case LS_STATE_SIGNALLED:
		item->state = "signalled";
		item->signal = (int)header->signal;
		return;
	case LS_STATE_EXEC: item->state = "exec"; return;
	default: item->state = item->alive ? "running" : "unknown"; break;
	}
	if (item->alive && clock_gettime(CLOCK_MONOTONIC, &now) == 0)
		item->duration_s =
			seconds_between(header->mono_start_ns,
					(uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec);
}

int lr_peek(const char *path, struct lr_listed *item, struct lr_error *err)
{
	struct ls_header header;
	char exe[PATH_MAX];
	struct stat st;
	int fd;

	*item = (struct lr_listed){0};
	if (lr_recording_header(path, &header, err) != 0)
		return -1;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 || fstat(fd, &st) != 0) {
		lr_fail(err, "cannot read '%s': %s", path, strerror(errno));
		if (fd >= 0)
			close(fd);
		return -1;
	}
	if (!peek_string(fd, &header, header.exe, exe, sizeof(exe)) || !*exe)
		strcpy(exe, "?");
	close(fd);
	item->path = strdup(path);
	item->program = strdup(lr_basename(exe));
	if (!item->path || !item->program)
		lr_out_of_memory();
	item->device = st.st_dev;
	item->inode = st.st_ino;
	item->pid = header.pid;
	item->started_ns = header.started_ns;
	if (header.peaks[LS_MEM_HOST].live_bytes > 0)
		item->live_bytes = (uint64_t)header.peaks[LS_MEM_HOST].live_bytes;
	item->device_bytes = ls_device_bytes(&header);
	fill_state(item, &header);
	return 0;
}

uint32_t lr_peek_pid(const char *path)
{
	struct ls_header header;
	struct lr_error err;

	return lr_recording_header(path, &header, &err) == 0 ? header.pid : 0;
}

bool lr_listed_stale(const struct lr_listed *item)
{
	return !item->alive &&
	       (strcmp(item->state, "unknown") == 0 || strcmp(item->state, "exec") == 0);
}

/* Is PATH an overflow file of the recording HEADER? */
static bool is_overflow_of(const char *path, const struct ls_header *header)
{
	struct ls_overflow_header overflow;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY);
	bool result;

	if (fd < 0)
		return false;
	result = pread(fd, &overflow, sizeof(overflow), 0) == (ssize_t)sizeof(overflow) &&
		 memcmp(overflow.magic, LS_MAGIC_OVERFLOW, sizeof(overflow.magic)) == 0 &&
		 memcmp(overflow.uuid, header->uuid, sizeof(overflow.uuid)) == 0;
	close(fd);
	return result;
}

static void remove_overflow(const char *path, const struct ls_header *header)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	char place[PATH_MAX];

	for (size_t i = 0; fd >= 0 && i < LS_PLACES; i++) {
		if (peek_string(fd, header, header->places[i], place, sizeof(place)) &&
		    is_overflow_of(place, header))
			unlink(place);
	}
	if (fd >= 0)
		close(fd);
}

int lr_listed_remove(const struct lr_listed *item, struct lr_error *err)
{
	char side[PATH_MAX + 16];
	struct lr_listed now;
	struct ls_header header;
	struct lr_error gone;
	bool same;

	/* It may have been replaced since it was listed. */
	if (lr_recording_header(item->path, &header, &gone) != 0 ||
	    lr_peek(item->path, &now, &gone) != 0)
		return 1;
	same = now.device == item->device && now.inode == item->inode && lr_listed_stale(&now);
	free(now.path);
	free(now.program);
	if (!same)
		return 1;
	remove_overflow(item->path, &header);
	if (unlink(item->path) != 0)
		return lr_fail(err,
			       "cannot remove '%s': %s; check the permissions of its directory",
			       item->path, strerror(errno));
	snprintf(side, sizeof(side), "%s.perfmap", item->path);
	unlink(side);
	return 0;
}
