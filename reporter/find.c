/* SPDX-License-Identifier: MIT */
/*
 * Finding recordings by looking: at directories and at the mappings of processes.
 * Only headers are read, so that a directory of large recordings is listed at
 * once.  Everything found may vanish or change in the next moment: then it is
 * passed over.
 */
#include "find.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "arena.h"
#include "find_peek.h"
#include "launch_options.h"
#include "registry.h"

/* Files looked at in one directory: a home or a mail folder may be given. */
enum { DIRECTORY_MAX = 100000, NOTES_MAX = 1000 };

static void note(struct lr_listing *listing, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void note(struct lr_listing *listing, const char *format, ...)
{
	va_list args;
	char *text;

	if (listing->note_count == NOTES_MAX)
		return;
	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		lr_out_of_memory();
	va_end(args);
	listing->notes = lr_grow(listing->notes, listing->note_count + 1, sizeof(*listing->notes));
	listing->notes[listing->note_count++] = text;
}

static bool is_listed(const struct lr_listing *listing, const struct lr_listed *item)
{
	for (size_t i = 0; i < listing->count; i++) {
		if (listing->items[i].device == item->device &&
		    listing->items[i].inode == item->inode)
			return true;
	}
	return false;
}

static bool has_suffix(const char *text, const char *suffix)
{
	size_t length = strlen(text), n = strlen(suffix);

	return length >= n && strcmp(text + length - n, suffix) == 0;
}

/* 0, or -1 with ERR: PATH is no recording. */
static int add_file(struct lr_listing *listing, const char *path, struct lr_error *err)
{
	struct lr_listed item;

	if (lr_peek(path, &item, err) != 0)
		return -1;
	if (is_listed(listing, &item)) {
		free(item.path);
		free(item.program);
		return 0;
	}
	if (listing->count == listing->capacity) {
		listing->capacity = listing->capacity ? listing->capacity * 2 : 64;
		listing->items =
			lr_grow(listing->items, listing->capacity, sizeof(*listing->items));
	}
	listing->items[listing->count++] = item;
	return 0;
}

static int add_directory(struct lr_listing *listing, const char *path)
{
	DIR *dir = opendir(path);
	struct lr_error err;
	struct dirent *entry;
	struct stat st;
	char full[PATH_MAX];
	size_t seen = 0;

	if (!dir)
		return -1;
	while ((entry = readdir(dir)) != NULL) {
		int length;

		if (++seen > DIRECTORY_MAX) {
			note(listing, "%s: has more than %d files; the rest was not looked at",
			     path, DIRECTORY_MAX);
			break;
		}
		if (entry->d_type != DT_REG && entry->d_type != DT_LNK &&
		    entry->d_type != DT_UNKNOWN)
			continue;
		if (fstatat(dirfd(dir), entry->d_name, &st, 0) != 0 || !S_ISREG(st.st_mode) ||
		    (uint64_t)st.st_size < LS_HEADER_SIZE)
			continue;
		length = snprintf(full, sizeof(full), "%s%s%s", path,
				  has_suffix(path, "/") ? "" : "/", entry->d_name);
		if (length < 0 || (size_t)length >= sizeof(full))
			continue;
		/* Any other file that happens to lie here is nobody's concern. */
		if (add_file(listing, full, &err) != 0 && has_suffix(entry->d_name, ".rec"))
			note(listing, "passed over: %s", err.text);
	}
	closedir(dir);
	return 0;
}

/* The full name of PATH; as it stands if a directory above may not be read. */
static bool full_path(const char *path, char full[PATH_MAX])
{
	if (realpath(path, full))
		return true;
	if (errno != EACCES || strlen(path) >= PATH_MAX)
		return false;
	strcpy(full, path);
	return true;
}

int lr_listing_add(struct lr_listing *listing, const char *path, struct lr_error *err)
{
	char full[PATH_MAX];
	struct stat st;

	if (!full_path(path, full) || stat(full, &st) != 0)
		return lr_fail(err, "cannot read '%s': %s; name a directory or a recording", path,
			       strerror(errno));
	if (!S_ISDIR(st.st_mode))
		return add_file(listing, full, err);
	if (add_directory(listing, full) != 0)
		return lr_fail(err, "cannot read the directory '%s': %s; check its permissions",
			       path, strerror(errno));
	return 0;
}

static void add_known_directory(void *context, const char *dir)
{
	struct lr_listing *listing = context;
	char full[PATH_MAX];

	if (full_path(dir, full) && add_directory(listing, full) == 0)
		return;
	if (errno != ENOENT)
		note(listing, "passed over: %s: %s", dir, strerror(errno));
}

static void no_warning(void *context, const char *line)
{
	(void)context;
	(void)line;
}

void lr_listing_add_known(struct lr_listing *listing)
{
	static const char *const keys[] = {"dir", "store"};
	struct launch_options options = {0};

	add_known_directory(listing, ".");
	if (launch_options_parse(&options, getenv("LEAKSCOPE_OPTIONS"), no_warning, NULL) == 0) {
		for (size_t i = 0; i < 2; i++) {
			const char *dir = launch_options_get(&options, keys[i]);

			if (dir && *dir)
				add_known_directory(listing, dir);
		}
	}
	launch_options_clear(&options);
	lr_registry_each(add_known_directory, listing);
}

/* The path at the end of LINE of a maps file, if it is a shared, writable mapping of a file. */
static char *mapped_path(char *line)
{
	char *p = line, *newline;

	/* address perms offset dev inode path */
	for (int field = 0; field < 5; field++) {
		p += strcspn(p, " \n");
		p += strspn(p, " ");
		if (field == 0 && strncmp(p, "rw-s", 4) != 0)
			return NULL;
	}
	if (*p != '/')
		return NULL;
	newline = strchr(p, '\n');
	if (newline)
		*newline = '\0';
	if (strncmp(p, "/dev/zero", 9) == 0 || strncmp(p, "/memfd:", 7) == 0 ||
	    strncmp(p, "/SYSV", 5) == 0 || has_suffix(p, " (deleted)"))
		return NULL;
	return p;
}

/* PID as its own pid namespace has it: what its recording calls it. */
static uint32_t inner_pid(uint32_t pid)
{
	char path[64], line[256];
	uint32_t inner = pid;
	FILE *in;

	snprintf(path, sizeof(path), "/proc/%" PRIu32 "/status", pid);
	in = fopen(path, "re");
	while (in && fgets(line, sizeof(line), in)) {
		char *last;

		if (strncmp(line, "NSpid:", 6) != 0)
			continue;
		last = strrchr(line, '\t');
		inner = last ? (uint32_t)strtoul(last + 1, NULL, 10) : pid;
		break;
	}
	if (in)
		fclose(in);
	return inner;
}

/* The path of the recording that process PID is writing. */
static int find_mapped(uint32_t pid, char *path, size_t size)
{
	char maps[64], seen[PATH_MAX] = "", try[PATH_MAX + 32], *line = NULL, *mapped;
	uint32_t inner = inner_pid(pid);
	size_t capacity = 0;
	int result = -1;
	FILE *in;

	snprintf(maps, sizeof(maps), "/proc/%" PRIu32 "/maps", pid);
	in = fopen(maps, "re");
	if (!in)
		return -1;
	while (result != 0 && getline(&line, &capacity, in) > 0) {
		mapped = mapped_path(line);
		if (!mapped || strlen(mapped) >= sizeof(seen) || strcmp(mapped, seen) == 0)
			continue;
		strcpy(seen, mapped); /* a recording is mapped in many pieces */
		/* In a container the path means another file, or none. */
		for (int in_root = 0; in_root < 2 && result != 0; in_root++) {
			if (in_root)
				snprintf(try, sizeof(try), "/proc/%" PRIu32 "/root%s", pid, mapped);
			else
				snprintf(try, sizeof(try), "%s", mapped);
			if (lr_peek_pid(try) == inner && strlen(try) < size) {
				strcpy(path, try);
				result = 0;
			}
		}
	}
	free(line);
	fclose(in);
	return result;
}

/* In another pid namespace the recording's own pid says nothing to us. */
static void is_running(struct lr_listed *item, uint32_t pid)
{
	item->pid = pid;
	item->alive = true;
	if (strcmp(item->state, "unknown") == 0)
		item->state = "running";
}

void lr_listing_add_running(struct lr_listing *listing)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	struct lr_error err;
	char path[PATH_MAX];
	size_t before;

	while (proc && (entry = readdir(proc)) != NULL) {
		char *end;
		unsigned long pid = strtoul(entry->d_name, &end, 10);

		if (*end || end == entry->d_name || pid > UINT32_MAX)
			continue;
		if (find_mapped((uint32_t)pid, path, sizeof(path)) != 0)
			continue;
		before = listing->count;
		if (add_file(listing, path, &err) != 0)
			note(listing, "passed over: %s", err.text);
		else if (listing->count > before)
			is_running(&listing->items[before], (uint32_t)pid);
	}
	if (proc)
		closedir(proc);
}

static int compare(const void *a, const void *b)
{
	const struct lr_listed *x = a, *y = b;

	if (x->started_ns != y->started_ns)
		return x->started_ns > y->started_ns ? -1 : 1;
	return strcmp(x->path, y->path);
}

void lr_listing_sort(struct lr_listing *listing)
{
	if (listing->count)
		qsort(listing->items, listing->count, sizeof(*listing->items), compare);
}

void lr_listing_free(struct lr_listing *listing)
{
	for (size_t i = 0; i < listing->count; i++) {
		free(listing->items[i].path);
		free(listing->items[i].program);
	}
	for (size_t i = 0; i < listing->note_count; i++)
		free(listing->notes[i]);
	free(listing->items);
	free(listing->notes);
	*listing = (struct lr_listing){0};
}

int lr_find_running(uint32_t pid, char *path, size_t size)
{
	return find_mapped(pid, path, size);
}

int lr_find_recording(uint32_t pid, char *path, size_t size)
{
	struct lr_listing listing = {0};
	int result = -1;

	if (find_mapped(pid, path, size) == 0)
		return 0;
	lr_listing_add_known(&listing);
	lr_listing_sort(&listing);
	for (size_t i = 0; i < listing.count && result != 0; i++) {
		if (listing.items[i].pid == pid && strlen(listing.items[i].path) < size) {
			strcpy(path, listing.items[i].path);
			result = 0;
		}
	}
	lr_listing_free(&listing);
	return result;
}

int lr_find_argument(const char *argument, char *path, size_t size, struct lr_error *err)
{
	unsigned long pid;
	struct stat st;
	char *end;

	if (strlen(argument) >= size)
		return lr_fail(err, "the name '%.60s...' is too long; give a shorter path",
			       argument);
	strcpy(path, argument);
	pid = strtoul(argument, &end, 10); /* a value out of range is above UINT32_MAX too */
	if (lstat(argument, &st) == 0 || *end || *argument < '0' || *argument > '9')
		return 0;
	if (pid > 0 && pid <= UINT32_MAX && lr_find_recording((uint32_t)pid, path, size) == 0)
		return 0;
	return lr_fail(
		err,
		"process %s is not tracked, and there is no recording of it; start the program with `leakscope "
		"run`, or see `leakscope list`",
		argument);
}
