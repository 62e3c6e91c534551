/* SPDX-License-Identifier: MIT */
/*
 * A cache of source files with the start of each line.  It holds a bounded
 * number of bytes; what was used longest ago goes first.
 */
#include "source.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "symbols_internal.h"

enum { FILE_BYTES_MAX = 4 << 20, CACHE_BYTES_MAX = 32 << 20, CACHE_FILES_MAX = 512 };

struct source {
	char *path;
	char *text;       /* NULL: cannot be read, and is not tried again */
	uint32_t *starts; /* offset of each line */
	size_t line_count, length;
	UT_hash_handle hh;
};

struct lr_sources {
	struct source *by_path; /* in order of use, oldest first */
	size_t bytes;
};

struct lr_sources *lr_sources_new(void)
{
	return calloc(1, sizeof(struct lr_sources));
}

static size_t cost(const struct source *f)
{
	return f->length + f->line_count * sizeof(*f->starts);
}

static void drop(struct lr_sources *s, struct source *f)
{
	HASH_DEL(s->by_path, f);
	s->bytes -= cost(f);
	free(f->path);
	free(f->text);
	free(f->starts);
	free(f);
}

static void index_lines(struct source *f)
{
	size_t lines = 1;

	for (size_t i = 0; i < f->length; i++)
		lines += f->text[i] == '\n';
	f->starts = calloc(lines, sizeof(*f->starts));
	if (!f->starts)
		return;
	f->line_count = lines;
	for (size_t i = 0, n = 1; i < f->length; i++) {
		if (f->text[i] == '\n')
			f->starts[n++] = (uint32_t)(i + 1);
	}
}

static struct source *get(struct lr_sources *s, const char *path)
{
	struct source *f;

	HASH_FIND_STR(s->by_path, path, f);
	if (f) {
		/* Back to the young end. */
		HASH_DEL(s->by_path, f);
		HASH_ADD_KEYPTR(hh, s->by_path, f->path, strlen(f->path), f);
		return f;
	}
	f = calloc(1, sizeof(*f));
	if (!f)
		return NULL;
	f->path = strdup(path);
	if (!f->path) {
		free(f);
		return NULL;
	}
	f->text = lr_read_regular(path, FILE_BYTES_MAX, &f->length);
	if (f->text)
		index_lines(f);
	HASH_ADD_KEYPTR(hh, s->by_path, f->path, strlen(f->path), f);
	s->bytes += cost(f);
	while (s->by_path != f &&
	       (s->bytes > CACHE_BYTES_MAX || HASH_COUNT(s->by_path) > CACHE_FILES_MAX))
		drop(s, s->by_path);
	return f;
}

int lr_sources_line(struct lr_sources *s, const char *path, unsigned line, char *out, size_t size)
{
	/* Only absolute names: a relative one would depend on where the report is made. */
	if (path[0] != '/' || line == 0 || size == 0)
		return -1;

	struct source *f = get(s, path);

	if (!f || !f->text || line > f->line_count)
		return -1;

	const char *p = f->text + f->starts[line - 1];
	const char *end = line < f->line_count ? f->text + f->starts[line] : f->text + f->length;

	while (p < end && strchr(" \t\r\n", *p))
		p++;
	while (end > p && strchr(" \t\r\n", end[-1]))
		end--;
	if (p == end)
		return -1;

	size_t n = (size_t)(end - p) < size - 1 ? (size_t)(end - p) : size - 1;

	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)p[i];

		out[i] = c == '\t' ? ' ' : c < 0x20 || c == 0x7f ? '?' : (char)c;
	}
	out[n] = '\0';
	return 0;
}

void lr_sources_free(struct lr_sources *s)
{
	if (!s)
		return;
	while (s->by_path)
		drop(s, s->by_path);
	free(s);
}
