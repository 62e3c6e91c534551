/* SPDX-License-Identifier: MIT */
/*
 * A perf map in memory, sorted by address.  JITs reuse addresses, so a later
 * line takes the place of earlier ones it overlaps: ranges are looked up by
 * nearest start and latest line.
 */
#include "perfmap.h"

#include <stdlib.h>
#include <string.h>

#include "symbols_internal.h"

enum { MAP_BYTES_MAX = 256 << 20, LINES_MAX = 8 << 20 };

struct lr_perfmap {
	char *text;
	uint32_t *names; /* offset in text, by line */
	size_t count, room;
	struct lr_ranges ranges; /* item: line */
};

/* A hexadecimal number at *P, with or without 0x, and the blanks behind it. */
static bool take_hex(const char **p, uint64_t *value)
{
	const char *s = *p;
	uint64_t v = 0;
	size_t digits = 0;

	if (s[0] == '0' && (s[1] == 'x' || s[1] == 'X'))
		s += 2;
	for (;; s++, digits++) {
		unsigned d;

		if (*s >= '0' && *s <= '9')
			d = (unsigned)(*s - '0');
		else if (*s >= 'a' && *s <= 'f')
			d = (unsigned)(*s - 'a') + 10;
		else if (*s >= 'A' && *s <= 'F')
			d = (unsigned)(*s - 'A') + 10;
		else
			break;
		if (v >> 60)
			return false;
		v = v << 4 | d;
	}
	if (digits == 0 || (*s != ' ' && *s != '\t'))
		return false;
	*p = s + strspn(s, " \t");
	*value = v;
	return true;
}

static int take_line(struct lr_perfmap *map, char *line)
{
	const char *p = line;
	uint64_t start, size;

	if (!take_hex(&p, &start) || !take_hex(&p, &size) || !*p || size == 0 ||
	    size > UINT64_MAX - start)
		return 0;
	if (map->count == map->room) {
		size_t room = map->room ? map->room * 2 : 256;
		uint32_t *names = reallocarray(map->names, room, sizeof(*names));

		if (!names)
			return -1;
		map->names = names;
		map->room = room;
	}
	map->names[map->count] = (uint32_t)(p - map->text);
	if (lr_ranges_add(&map->ranges, start, start + size, (uint32_t)map->count) != 0)
		return -1;
	map->count++;
	return 0;
}

struct lr_perfmap *lr_perfmap_load(const char *path)
{
	struct lr_perfmap *map = calloc(1, sizeof(*map));
	size_t length = 0;

	if (!map)
		return NULL;
	map->text = lr_read_regular(path, MAP_BYTES_MAX, &length);
	if (!map->text) {
		lr_perfmap_free(map);
		return NULL;
	}

	char *line = map->text, *end = map->text + length;

	while (line < end && map->count < LINES_MAX) {
		char *next = memchr(line, '\n', (size_t)(end - line));

		if (!next)
			next = end;
		*next = '\0';
		if (next > line && next[-1] == '\r')
			next[-1] = '\0';
		/* Terminal escapes and the like have no place in a report. */
		for (char *c = line; *c; c++) {
			if (((unsigned char)*c < 0x20 && *c != '\t') || *c == 0x7f)
				*c = '?';
		}
		if (take_line(map, line) != 0)
			break;
		line = next + 1;
	}
	lr_ranges_sort(&map->ranges);
	return map;
}

const char *lr_perfmap_find(const struct lr_perfmap *map, uint64_t address)
{
	const struct lr_range *range, *best = NULL;
	size_t cursor = SIZE_MAX;

	while ((range = lr_ranges_next(&map->ranges, address, &cursor)) != NULL) {
		if (!best || range->item > best->item)
			best = range;
	}
	return best ? map->text + map->names[best->item] : NULL;
}

static bool copy_part(char *out, size_t size, const char *text, size_t length)
{
	if (length >= size)
		return false;
	memcpy(out, text, length);
	out[length] = '\0';
	return true;
}

/* Cut ":NUMBER" off the end of TEXT, which is *LENGTH long; false if there is none. */
static bool cut_number(const char *text, size_t *length, unsigned *number)
{
	size_t i = *length;
	unsigned long value = 0;

	while (i > 0 && text[i - 1] >= '0' && text[i - 1] <= '9')
		i--;
	if (i == *length || i == 0 || text[i - 1] != ':' || *length - i > 9)
		return false;
	for (size_t k = i; k < *length; k++)
		value = value * 10 + (unsigned)(text[k] - '0');
	*number = (unsigned)value;
	*length = i - 1;
	return true;
}

static bool split_python(const char *name, struct lr_perfmap_name *out)
{
	const char *file = strchr(name, ':');

	return file && file > name && file[1] &&
	       copy_part(out->function, sizeof(out->function), name, (size_t)(file - name)) &&
	       copy_part(out->file, sizeof(out->file), file + 1, strlen(file + 1));
}

static bool split_v8(const char *name, struct lr_perfmap_name *out)
{
	const char *place;
	size_t length;
	unsigned first, second;

	if (*name && strchr("*~^+-", *name))
		name++;
	/* A function's name has no blank, a file's can. */
	place = strchr(name, ' ');
	if (!place ||
	    !copy_part(out->function, sizeof(out->function), name, (size_t)(place - name)))
		return false;
	place++;
	if (!out->function[0])
		strcpy(out->function, "(anonymous)");
	if (strncmp(place, "file:///", 8) == 0)
		place += 7;
	length = strlen(place);
	if (!cut_number(place, &length, &first))
		return false;
	out->line = cut_number(place, &length, &second) ? second : first;
	return length > 0 && copy_part(out->file, sizeof(out->file), place, length);
}

bool lr_perfmap_split(const char *name, struct lr_perfmap_name *out)
{
	static const char *const marks[] = {"JS:", "LazyCompile:", "Function:", "Eval:", "Script:"};
	struct lr_perfmap_name found = {.line = 0};
	bool ok = false;

	if (strncmp(name, "py::", 4) == 0)
		ok = split_python(name + 4, &found);
	for (size_t i = 0; !ok && i < sizeof(marks) / sizeof(marks[0]); i++) {
		if (strncmp(name, marks[i], strlen(marks[i])) == 0)
			ok = split_v8(name + strlen(marks[i]), &found);
	}
	if (ok)
		*out = found;
	return ok;
}

void lr_perfmap_free(struct lr_perfmap *map)
{
	if (!map)
		return;
	free(map->text);
	free(map->names);
	lr_ranges_free(&map->ranges);
	free(map);
}
