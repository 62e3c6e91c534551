/* SPDX-License-Identifier: MIT */
/*
 * One recording under the launcher's eyes: is it ours, the tick, the timeline.
 *
 * The launcher is the only writer of `tick` and of the timeline of recordings
 * that carry LS_F_LAUNCHER; everything else in the mapping is only read.
 */
#include "launch_watch_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define NS_PER_MS 1000000ull
#define MAX_TRIES 50
#define MAX_TIMELINE (1u << 24)

static sigjmp_buf guard_jump;
static volatile sig_atomic_t guard_set;
static struct sigaction guard_old;

static void on_bus_error(int signal)
{
	if (guard_set)
		siglongjmp(guard_jump, 1);
	/* A real fault of ours: die of it. */
	sigaction(SIGBUS, &guard_old, NULL);
	raise(signal);
}

void launch_guard_install(void)
{
	struct sigaction action = {.sa_handler = on_bus_error, .sa_flags = SA_NODEFER};

	sigaction(SIGBUS, &action, &guard_old);
}

void launch_guard_remove(void)
{
	sigaction(SIGBUS, &guard_old, NULL);
}

bool launch_guarded(void (*function)(void *context), void *context)
{
	if (sigsetjmp(guard_jump, 0)) {
		guard_set = 0;
		return false;
	}
	guard_set = 1;
	function(context);
	guard_set = 0;
	return true;
}

/* Read the string ID of the recording into TEXT; 0, or -1 if it isn't there (yet). */
static int read_string(int fd, const struct ls_header *h, uint32_t id, char *text, size_t size)
{
	for (size_t i = 0; i < LS_DIR_ENTRIES && h->directory[i].section; i++) {
		const struct ls_chunk *c = &h->directory[i];
		ssize_t n;

		if (c->section != LS_SEC_STRINGS || c->place || id < c->start ||
		    id - c->start >= c->length || c->offset > INT64_MAX / 2 ||
		    c->length > INT64_MAX / 2)
			continue;
		n = pread(fd, text, size - 1, (off_t)(c->offset + (id - c->start)));
		text[n > 0 ? n : 0] = '\0';
		return *text ? 0 : -1;
	}
	return -1;
}

int launch_header_read(int fd, const char *session, struct ls_header *header)
{
	char id[64];
	ssize_t n = pread(fd, header, sizeof *header, 0);

	if (n < 0)
		return -1;
	if (n < (ssize_t)sizeof *header || !header->magic[0])
		return 0;
	if (memcmp(header->magic, LS_MAGIC, sizeof header->magic) ||
	    header->endian != LS_ENDIAN_MARK || header->version != LS_VERSION)
		return -1;
	if (!header->session || read_string(fd, header, header->session, id, sizeof id))
		return 0;
	return strcmp(id, session) ? -1 : 1;
}

void launch_sample_close(struct watch_entry *e)
{
	if (e->header)
		munmap(e->header, LS_HEADER_SIZE);
	if (e->timeline_map)
		munmap(e->timeline_map, e->timeline_map_size);
	if (e->file >= 0)
		close(e->file);
	if (e->statm >= 0)
		close(e->statm);
	e->header = NULL;
	e->timeline_map = NULL;
	e->samples = NULL;
	e->file = e->statm = -1;
}

static void end_entry(struct watch_entry *e)
{
	launch_sample_close(e);
	e->state = WATCH_ENDED;
}

void launch_sample_open(struct launch_watch *w, struct watch_entry *e, int dir_fd)
{
	struct ls_header header;
	char path[64];
	struct stat st;
	int fd, r;

	fd = openat(dir_fd, e->name + 1, O_RDWR | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW);
	if (fd < 0 && (errno == EACCES || errno == EROFS))
		fd = openat(dir_fd, e->name + 1,
			    O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW);
	if (fd < 0)
		return; /* gone again, or no descriptor left: the next scan will see */
	r = fstat(fd, &st) || !S_ISREG(st.st_mode)
		    ? -1
		    : launch_header_read(fd, w->options.session, &header);
	if (r <= 0) {
		close(fd);
		if (r < 0 || ++e->tries >= MAX_TRIES)
			e->state = WATCH_FOREIGN;
		return;
	}
	e->file = fd;
	e->pid = header.pid;
	e->sample_ms = w->options.sample_ms;
	if (header.state != LS_STATE_RUNNING || st.st_size < LS_HEADER_SIZE) {
		end_entry(e);
		return;
	}
	snprintf(path, sizeof path, "/proc/%u/statm", header.pid);
	e->statm = open(path, O_RDONLY | O_CLOEXEC);
	e->header = mmap(NULL, LS_HEADER_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (e->header == MAP_FAILED) {
		e->header = NULL;
		end_entry(e); /* written by another user: it keeps its own time */
		return;
	}
	e->state = WATCH_OPEN;
}

/* Map the timeline once the shim has made its chunk. */
static void find_timeline(struct watch_entry *e)
{
	const struct ls_header *h = e->header;

	for (size_t i = 0; i < LS_DIR_ENTRIES; i++) {
		const volatile struct ls_chunk *c = &h->directory[i];
		uint32_t section = __atomic_load_n(&c->section, __ATOMIC_ACQUIRE);
		uint64_t offset = c->offset, length = c->length, page, start;
		struct stat st;

		if (!section)
			return;
		if (section != LS_SEC_TIMELINE || c->index || c->place)
			continue;
		page = (uint64_t)sysconf(_SC_PAGESIZE);
		start = offset & ~(page - 1);
		if (fstat(e->file, &st) || offset % 8 || length < 4 * sizeof(struct ls_sample) ||
		    length > MAX_TIMELINE || offset > (uint64_t)st.st_size ||
		    length > (uint64_t)st.st_size - offset)
			return;
		e->timeline_map_size = length + (offset - start);
		e->timeline_map = mmap(NULL, e->timeline_map_size, PROT_READ | PROT_WRITE,
				       MAP_SHARED, e->file, (off_t)start);
		if (e->timeline_map == MAP_FAILED) {
			e->timeline_map = NULL;
			return;
		}
		e->samples = (struct ls_sample *)((char *)e->timeline_map + (offset - start));
		e->capacity = length / sizeof *e->samples;
		/* Go on behind what is there. */
		for (e->used = 1; e->used < e->capacity && e->samples[e->used].tick; e->used++)
			;
		return;
	}
}

/* Keep every second sample. */
static void thin_out(struct watch_entry *e)
{
	size_t kept = 1;

	for (size_t i = 2; i < e->used; i += 2)
		e->samples[kept++] = e->samples[i];
	for (size_t i = kept; i < e->used; i++) {
		__atomic_store_n(&e->samples[i].tick, 0, __ATOMIC_RELEASE);
		e->samples[i].state = 0;
	}
	e->used = kept;
	e->sample_ms *= 2;
}

/* Resident bytes; -1: the process has ended. */
static int64_t read_rss(const struct watch_entry *e)
{
	char text[128], *p;
	ssize_t n;

	if (e->statm < 0)
		return 0; /* no descriptor left: samples without it */
	n = pread(e->statm, text, sizeof text - 1, 0);
	if (n <= 0)
		return -1;
	text[n] = '\0';
	p = strchr(text, ' ');
	return p ? strtoll(p, NULL, 10) * sysconf(_SC_PAGESIZE) : 0;
}

static void add_sample(struct watch_entry *e, uint32_t tick, uint64_t rss)
{
	const struct ls_header *h = e->header;
	struct ls_sample *s;

	if (e->used >= e->capacity)
		thin_out(e);
	s = &e->samples[e->used++];
	s->rss_bytes = rss;
	s->host_bytes = h->peaks[LS_MEM_HOST].live_bytes > 0
				? (uint64_t)h->peaks[LS_MEM_HOST].live_bytes
				: 0;
	s->device_bytes = ls_device_bytes(h);
	s->state = 1;
	__atomic_store_n(&s->tick, tick, __ATOMIC_RELEASE);
}

struct sampling {
	const struct launch_watch *w;
	struct watch_entry *e;
	uint64_t now_ns;
	bool goes_on;
};

/* The guarded part of launch_sample. */
static void sample(void *context)
{
	struct sampling *s = context;
	struct watch_entry *e = s->e;
	struct ls_header *h = e->header;
	int64_t rss = read_rss(e);
	uint64_t ms;

	s->goes_on = rss >= 0 && __atomic_load_n(&h->state, __ATOMIC_ACQUIRE) == LS_STATE_RUNNING;
	if (!s->goes_on || s->now_ns <= h->mono_start_ns)
		return;
	ms = (s->now_ns - h->mono_start_ns) / NS_PER_MS;
	if (ms > UINT32_MAX)
		ms = UINT32_MAX;
	if (ms > h->tick)
		__atomic_store_n(&h->tick, (uint32_t)ms, __ATOMIC_RELAXED);
	if (!(h->flags & LS_F_LAUNCHER) || !e->sample_ms)
		return;
	if (!e->samples)
		find_timeline(e);
	if (e->samples && ms && ms >= e->next_sample_ms) {
		add_sample(e, (uint32_t)ms, (uint64_t)rss);
		/* half an interval of slack: rounds jitter */
		e->next_sample_ms = ms + e->sample_ms - s->w->tick_ms / 2;
	}
}

void launch_sample(struct launch_watch *w, struct watch_entry *e, uint64_t now_ns)
{
	struct sampling s = {w, e, now_ns, false};

	if (!launch_guarded(sample, &s) || !s.goes_on)
		end_entry(e);
}
