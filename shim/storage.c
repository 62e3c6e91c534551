/* SPDX-License-Identifier: MIT */
/* See storage.h.  Not thread-safe by itself: callers hold the recording's lock. */
#include "storage.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include "glue.h"
#include "text.h"

#define MAX_SEGMENTS 4096
#define LARGEST_STEP ((uint64_t)4 << 20)

struct file {
	char path[LS_PATH_MAX];
	uint64_t device, inode;
	uint64_t end; /* where the next segment goes */
};
struct segment {
	char *base;
	uint64_t length, used, offset;
	uint32_t place;
};

static struct file main_file;
static struct file places[LS_PLACES];
static int place_count, place_current = -1; /* -1: still in the main file */
static struct segment segments[MAX_SEGMENTS];
static int segment_count;
static uint64_t total_bytes;
static int last_error;

const char *ls_storage_path(void)
{
	return main_file.path;
}

const char *ls_storage_place_path(int place)
{
	return places[place].path;
}

int ls_storage_last_error(void)
{
	return last_error;
}

uint64_t ls_storage_bytes(void)
{
	return total_bytes;
}

unsigned ls_storage_segments(void)
{
	return (unsigned)segment_count;
}

void *ls_storage_segment(unsigned i, size_t *size)
{
	*size = segments[i].length;
	return segments[i].base;
}

/* Going past RLIMIT_FSIZE would raise SIGXFSZ in the host. */
static bool beyond_limit(uint64_t end)
{
	struct rlimit limit = {0};
	return ls_sys4(SYS_prlimit64, 0, RLIMIT_FSIZE, NULL, &limit) == 0 &&
	       limit.rlim_cur != RLIM_INFINITY && end > limit.rlim_cur;
}

/* Real disk blocks for [offset, offset + length) of FD, or -errno. */
static int reserve(int fd, uint64_t offset, uint64_t length)
{
	if (beyond_limit(offset + length))
		return -EFBIG;
	long r;
	do {
		r = ls_sys4(SYS_fallocate, fd, 0, offset, length);
	} while (r == -EINTR);
	if (r != -EOPNOTSUPP && r != -ENOSYS)
		return (int)r;
	/* file systems without fallocate: nobody else writes here, so write zeros */
	static const char zeros[4096];
	for (uint64_t at = 0; at < length; at += sizeof zeros) {
		do {
			r = ls_sys4(SYS_pwrite64, fd, zeros, sizeof zeros, offset + at);
		} while (r == -EINTR);
		if (r != (long)sizeof zeros)
			return r < 0 ? (int)r : -ENOSPC;
	}
	return 0;
}

/*
 * The same for a first segment, by writing zeros: a write reserves its space
 * as surely, but blocks are given out only when the page goes to disk.  Most
 * short processes unlink their recording before that, and removing a file that
 * has blocks takes ten times as long (ext4).
 */
static int reserve_first(int fd, uint64_t length)
{
	static const char zeros[4096];
	struct iovec v[LS_FIRST_SEGMENT / sizeof zeros];
	if (length != LS_FIRST_SEGMENT)
		return reserve(fd, 0, length);
	if (beyond_limit(length))
		return -EFBIG;
	for (unsigned i = 0; i < sizeof v / sizeof *v; i++)
		v[i] = (struct iovec){(void *)zeros, sizeof zeros};
	long r = ls_sys4(SYS_pwritev, fd, v, sizeof v / sizeof *v, 0);
	return r == (long)length ? 0 : r < 0 ? (int)r : -ENOSPC;
}

static void *map_file(int fd, uint64_t offset, uint64_t length)
{
	void *p = ls_sys_mmap(length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, offset);
	if (p)
		ls_sys3(SYS_madvise, p, length, MADV_DONTDUMP);
	return p;
}

static struct segment *add_segment(char *base, uint64_t length, uint64_t offset, uint32_t place)
{
	if (!base || segment_count == MAX_SEGMENTS)
		return NULL;
	struct segment *s = &segments[segment_count++];
	*s = (struct segment){base, length, 0, offset, place};
	total_bytes += length;
	return s;
}

/* Create PATH (or PATH.2 …) with its first LENGTH bytes mapped; NULL and *WHY on failure. */
static char *create_file(struct file *f, const char *path, uint64_t length, int *why)
{
	struct ls_text t;
	struct stat st = {0};
	int fd = -EEXIST;
	for (unsigned n = 1; fd == -EEXIST && n < 10000; n++) {
		ls_text_start(&t, f->path, sizeof f->path);
		ls_text_add(&t, path);
		if (n > 1) {
			ls_text_add(&t, ".");
			ls_text_number(&t, n);
		}
		if (t.used + 1 >= t.size) {
			fd = -ENAMETOOLONG;
			break;
		}
		fd = ls_sys_open(f->path, O_RDWR | O_CREAT | O_EXCL, 0600);
	}
	if (fd < 0) {
		*why = -fd;
		f->path[0] = 0;
		return NULL;
	}
	char *base = NULL;
	int r = reserve_first(fd, length);
	if (r == 0)
		r = (int)ls_sys2(SYS_fstat, fd, &st);
	if (r == 0) {
		base = map_file(fd, 0, length);
		if (!base)
			r = -ENOMEM;
	}
	ls_sys_close(fd);
	if (!base) {
		ls_sys3(SYS_unlinkat, AT_FDCWD, f->path, 0);
		f->path[0] = 0;
		*why = -r;
		return NULL;
	}
	f->device = st.st_dev;
	f->inode = st.st_ino;
	f->end = length;
	return base;
}

static void join(char *out, size_t size, const char *dir, const char *name)
{
	struct ls_text t;
	ls_text_start(&t, out, size);
	ls_text_add(&t, dir);
	if (t.used && out[t.used - 1] != '/')
		ls_text_add(&t, "/");
	ls_text_add(&t, name);
}

void *ls_storage_create(const char *dir, const char *name, const char *exact, int *why)
{
	char path[LS_PATH_MAX];
	const char *tmp = ls_getenv("TMPDIR");
	const char *dirs[] = {dir, tmp && *tmp == '/' ? tmp : "/tmp", "/tmp", "/dev/shm"};
	char *base = NULL;
	int error = 0;
	*why = 0;
	if (exact) {
		base = create_file(&main_file, exact, LS_FIRST_SEGMENT, why);
		name = ls_basename(exact);
	}
	for (unsigned i = exact ? 1 : 0; !base && i < sizeof dirs / sizeof *dirs; i++) {
		join(path, sizeof path, dirs[i], name);
		base = create_file(&main_file, path, LS_FIRST_SEGMENT, &error);
		if (!*why)
			*why = error;
	}
	uint32_t place = 0;
	if (!base) {
		base = ls_sys_mmap(LS_FIRST_SEGMENT, PROT_READ | PROT_WRITE,
				   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		place = LS_PLACE_MEMORY;
		place_current = LS_PLACES;
	}
	return add_segment(base, LS_FIRST_SEGMENT, 0, place) ? base : NULL;
}

void ls_storage_first_used(size_t bytes)
{
	segments[0].used = bytes;
}

/* Open one of our own files again; -errno if it is no longer the one we made. */
static int reopen(const struct file *f)
{
	struct stat st = {0};
	int fd = ls_sys_open(f->path, O_RDWR | O_NOFOLLOW, 0);
	if (fd < 0)
		return fd;
	if (ls_sys2(SYS_fstat, fd, &st) < 0 || st.st_dev != f->device || st.st_ino != f->inode) {
		ls_sys_close(fd);
		return -ESTALE;
	}
	return fd;
}

static struct segment *grow_file(struct file *f, uint32_t place, uint64_t length)
{
	int fd = reopen(f);
	if (fd < 0) {
		last_error = -fd;
		return NULL;
	}
	char *base = NULL;
	int r = reserve(fd, f->end, length);
	if (r == 0)
		base = map_file(fd, f->end, length);
	ls_sys_close(fd);
	if (!base) {
		last_error = r ? -r : ENOMEM;
		return NULL;
	}
	struct segment *s = add_segment(base, length, f->end, place);
	if (s)
		f->end += length;
	return s;
}

static struct segment *open_overflow(uint64_t length, const uint8_t uuid[16], int *new_place)
{
	static const char *const dirs[] = {"/dev/shm", NULL, "/tmp"};
	for (unsigned i = 0; i < 3 && place_count < (int)LS_PLACES; i++) {
		const char *dir = dirs[i] ? dirs[i] : ls_getenv("TMPDIR");
		char path[LS_PATH_MAX];
		int why;
		if (!dir || *dir != '/')
			continue;
		join(path, sizeof path - 16, dir, ls_basename(main_file.path));
		struct ls_text t = {path, sizeof path, ls_length(path)};
		ls_text_add(&t, ".ovf");
		struct file *f = &places[place_count];
		char *base = create_file(f, path, length, &why);
		if (!base)
			continue;
		struct segment *s = add_segment(base, length, 0, (uint32_t)place_count + 1);
		if (!s)
			return NULL;
		struct ls_overflow_header *h = (void *)base;
		ls_copy(h->magic, LS_MAGIC_OVERFLOW, 8);
		h->version = LS_VERSION;
		h->place = (uint32_t)place_count + 1;
		ls_copy(h->uuid, uuid, 16);
		s->used = sizeof *h;
		place_current = place_count++;
		*new_place = place_current;
		return s;
	}
	return NULL;
}

static struct segment *grow(uint64_t length, const uint8_t uuid[16], int *new_place)
{
	struct segment *s = NULL;
	if (segment_count == MAX_SEGMENTS)
		return NULL;
	if (place_current < 0)
		s = grow_file(&main_file, 0, length);
	else if (place_current < (int)LS_PLACES)
		s = grow_file(&places[place_current], (uint32_t)place_current + 1, length);
	if (!s && place_current < (int)LS_PLACES)
		s = open_overflow(length, uuid, new_place);
	if (!s) {
		char *base = ls_sys_mmap(length, PROT_READ | PROT_WRITE,
					 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		s = add_segment(base, length, 0, LS_PLACE_MEMORY);
		if (s)
			place_current = LS_PLACES;
	}
	return s;
}

void *ls_storage_alloc(size_t bytes, struct ls_chunk *where, const uint8_t uuid[16], int *new_place)
{
	struct segment *s = NULL;
	bytes = (bytes + 63) & ~(size_t)63;
	*new_place = -1;
	/* the latest segments may have room: a large request leaves most of a small one */
	for (int i = segment_count - 1; i >= 0 && i >= segment_count - 8; i--)
		if (segments[i].length - segments[i].used >= bytes &&
		    (!s || s->place == LS_PLACE_MEMORY)) /* rather where a reader sees it */
			s = &segments[i];
	if (!s) {
		uint64_t step = total_bytes / 4;
		if (step > LARGEST_STEP)
			step = LARGEST_STEP;
		/* +64: an overflow file's header may have to fit too */
		uint64_t length = bytes + 64 > step ? bytes + 64 : step;
		if (place_current < 0)
			length = bytes > step ? bytes : step;
		length = (length + 65535) & ~(uint64_t)65535;
		s = grow(length, uuid, new_place);
		if (!s || s->length - s->used < bytes)
			return NULL;
	}
	where->place = s->place;
	where->offset = s->offset + s->used;
	where->length = bytes;
	void *p = s->base + s->used;
	s->used += bytes;
	return p;
}

void ls_storage_unlink(void)
{
	if (main_file.path[0])
		ls_sys3(SYS_unlinkat, AT_FDCWD, main_file.path, 0);
	for (int i = 0; i < place_count; i++)
		ls_sys3(SYS_unlinkat, AT_FDCWD, places[i].path, 0);
}

int ls_storage_rename(const char *to)
{
	if (!main_file.path[0])
		return -ENOENT;
	long r = ls_sys6(SYS_renameat2, AT_FDCWD, main_file.path, AT_FDCWD, to,
			 1 /* RENAME_NOREPLACE */, 0);
	if (r == -EINVAL || r == -ENOSYS) /* file systems without the flag */
		r = ls_sys4(SYS_faccessat, AT_FDCWD, to, 0, 0) == 0
			    ? -EEXIST
			    : ls_sys6(SYS_renameat2, AT_FDCWD, main_file.path, AT_FDCWD, to, 0, 0);
	if (r == 0) {
		struct ls_text t;
		ls_text_start(&t, main_file.path, sizeof main_file.path);
		ls_text_add(&t, to);
	}
	return (int)r;
}

static int copy_file(const char *from, const char *to)
{
	static char buffer[65536];
	int in = ls_sys_open(from, O_RDONLY, 0);
	if (in < 0)
		return in;
	int out = ls_sys_open(to, O_WRONLY | O_CREAT | O_EXCL, 0600);
	long n = out < 0 ? out : 0;
	while (out >= 0 && (n = ls_sys_read(in, buffer, sizeof buffer)) > 0) {
		n = ls_sys_write(out, buffer, (size_t)n);
		if (n < 0)
			break;
	}
	ls_sys_close(in);
	if (out >= 0)
		ls_sys_close(out);
	if (n < 0 && out >= 0)
		ls_sys3(SYS_unlinkat, AT_FDCWD, to, 0);
	return n < 0 ? (int)n : 0;
}

int ls_storage_move(const char *dir, const char *name)
{
	char to[LS_PATH_MAX], first[LS_PATH_MAX];
	join(first, sizeof first, dir, name);
	int r = -EEXIST;
	for (unsigned n = 1; r == -EEXIST && n < 10000; n++) {
		struct ls_text t;
		ls_text_start(&t, to, sizeof to);
		ls_text_add(&t, first);
		if (n > 1) {
			ls_text_add(&t, ".");
			ls_text_number(&t, n);
		}
		r = ls_storage_rename(to);
		if (r == -EXDEV) {
			r = copy_file(main_file.path, to);
			if (r == 0) {
				ls_sys3(SYS_unlinkat, AT_FDCWD, main_file.path, 0);
				ls_text_start(&t, main_file.path, sizeof main_file.path);
				ls_text_add(&t, to);
			}
		}
	}
	return r;
}

void ls_storage_abandon(void)
{
	for (int i = 0; i < segment_count; i++)
		ls_sys_munmap(segments[i].base, segments[i].length);
	segment_count = 0;
	place_count = 0;
	place_current = -1;
	total_bytes = 0;
	last_error = 0;
	main_file.path[0] = 0;
}
