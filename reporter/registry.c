/* SPDX-License-Identifier: MIT */
/*
 * The remembered directories, see registry.h.  The file is replaced in one step,
 * so that readers need no lock; of two writers at the same time one may lose its line.
 */
#include "registry.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* LR_REGISTRY_MAX lines can't be longer. */
#define FILE_MAX ((size_t)LR_REGISTRY_MAX * PATH_MAX)

struct registry {
	char *text;
	char *lines[LR_REGISTRY_MAX]; /* oldest first */
	size_t count;
};

/* Path of the file; false: there is no place for it. */
static bool registry_path(char path[PATH_MAX])
{
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
	int length;

	if (state && *state == '/')
		length = snprintf(path, PATH_MAX, "%s/leakscope/dirs", state);
	else if (home && *home == '/' && access(home, W_OK | X_OK) == 0)
		/* a home that isn't there is not ours to make */
		length = snprintf(path, PATH_MAX, "%s/.local/state/leakscope/dirs", home);
	else
		return false;
	return length > 0 && length < PATH_MAX;
}

static void add_line(struct registry *r, char *line)
{
	if (*line != '/')
		return;
	if (r->count == LR_REGISTRY_MAX) {
		memmove(r->lines, r->lines + 1, (LR_REGISTRY_MAX - 1) * sizeof(r->lines[0]));
		r->count--;
	}
	r->lines[r->count++] = line;
}

static void read_registry(struct registry *r, const char *path)
{
	struct stat st;
	size_t used = 0;
	ssize_t got;
	char *line, *save;
	int fd;

	*r = (struct registry){0};
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (uint64_t)st.st_size <= FILE_MAX)
		r->text = malloc((size_t)st.st_size + 1);
	while (r->text && used < (size_t)st.st_size) {
		got = read(fd, r->text + used, (size_t)st.st_size - used);
		if (got <= 0)
			break;
		used += (size_t)got;
	}
	close(fd);
	if (!r->text)
		return;
	r->text[used] = '\0';
	for (line = strtok_r(r->text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		add_line(r, line);
}

/* Make the directories above the file. */
static void make_parents(const char *path)
{
	char parent[PATH_MAX];

	strcpy(parent, path);
	for (char *slash = strchr(parent + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(parent, 0700) != 0 && errno != EEXIST)
			return;
		*slash = '/';
	}
}

static void write_registry(const struct registry *r, const char *path)
{
	char temporary[PATH_MAX + 16];
	FILE *out;
	bool good;
	int fd;

	make_parents(path);
	snprintf(temporary, sizeof(temporary), "%s.XXXXXX", path);
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0)
		return;
	out = fdopen(fd, "w");
	if (!out) {
		close(fd);
		unlink(temporary);
		return;
	}
	for (size_t i = 0; i < r->count; i++)
		fprintf(out, "%s\n", r->lines[i]);
	good = !ferror(out);
	if (fclose(out) != 0 || !good || rename(temporary, path) != 0)
		unlink(temporary);
}

void lr_registry_remember(const char *dir)
{
	char path[PATH_MAX], full[PATH_MAX];
	struct registry registry;
	size_t i;

	if (!registry_path(path) || !realpath(dir, full) || strchr(full, '\n'))
		return;
	read_registry(&registry, path);
	for (i = 0; i < registry.count && strcmp(registry.lines[i], full) != 0; i++)
		;
	/* Most runs write where the last one did: nothing to do then. */
	if (i == registry.count || i + 1 < registry.count) {
		if (i < registry.count) {
			memmove(registry.lines + i, registry.lines + i + 1,
				(registry.count - i - 1) * sizeof(registry.lines[0]));
			registry.count--;
		}
		add_line(&registry, full);
		write_registry(&registry, path);
	}
	free(registry.text);
}

void lr_registry_each(void (*each)(void *context, const char *dir), void *context)
{
	struct registry registry;
	char path[PATH_MAX];

	if (!registry_path(path))
		return;
	read_registry(&registry, path);
	for (size_t i = registry.count; i-- > 0;)
		each(context, registry.lines[i]);
	free(registry.text);
}
