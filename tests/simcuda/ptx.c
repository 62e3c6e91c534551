/* SPDX-License-Identifier: MIT */
/*
 * As much of PTX as the driver has to know: which entries and variables a text has, and how
 * large the parameters of an entry are.
 */
#include <stdlib.h>
#include <string.h>

#include "sim.h"

bool sim_ptx(const void *image)
{
	const unsigned char *s = image;
	size_t n = 0;
	while (n < 64 && s[n] &&
	       (s[n] >= ' ' ? s[n] < 127 : s[n] == '\n' || s[n] == '\t' || s[n] == '\r'))
		n++;
	return (n == 64 || !s[n]) && n && strstr(image, ".version");
}

static bool in_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '$';
}

static const char *space(const char *s)
{
	for (;;) {
		while (*s == ' ' || *s == '\t' || *s == '\n' || *s == '\r')
			s++;
		if (s[0] == '/' && s[1] == '/') {
			while (*s && *s != '\n')
				s++;
		} else if (s[0] == '/' && s[1] == '*') {
			const char *end = strstr(s + 2, "*/");
			if (!end)
				return s + strlen(s);
			s = end + 2;
		} else {
			return s;
		}
	}
}

static size_t name_length(const char *s)
{
	size_t n = 0;
	while (in_name(s[n]))
		n++;
	return n;
}

/* After the next directive of that name, from S on; NULL = no more. */
static const char *directive(const char *s, const char *name)
{
	size_t length = strlen(name);
	while ((s = strstr(s, name))) {
		s += length;
		if (!in_name(*s))
			return space(s);
	}
	return NULL;
}

/* Bytes of ".u32" and its like, 0 = no type. */
static unsigned type_bytes(const char *s)
{
	if (s[0] != '.' || !strchr("busf", s[1]) || !s[1])
		return 0;
	switch (atoi(s + 2)) {
	case 8: return 1;
	case 16: return 2;
	case 32: return 4;
	case 64: return 8;
	case 128: return 16;
	default: return 0;
	}
}

/*
 * One declaration, from behind .param or .global to ',', ';', '=' or ')': its bytes, its
 * alignment and its name.
 */
static const char *declaration(const char *s, uint64_t *bytes, unsigned *align, const char **name,
			       size_t *length)
{
	unsigned unit = 0;
	uint64_t count = 1;
	*align = 0;
	*name = NULL;
	for (s = space(s); *s && !strchr(",;=)", *s); s = space(s)) {
		if (*s == '.') {
			unsigned size = type_bytes(s);
			bool alignment = !strncmp(s, ".align", 6);
			if (size)
				unit = size;
			s++;
			s += name_length(s);
			if (alignment) {
				char *end;
				*align = (unsigned)strtoul(space(s), &end, 10);
				s = end;
			}
		} else if (*s == '[') {
			char *end;
			uint64_t n = strtoull(space(s + 1), &end, 10);
			count *= n ? n : 1;
			s = strchr(end, ']');
			if (!s)
				return "";
			s++;
		} else if (in_name(*s)) {
			*name = s;
			*length = name_length(s);
			s += *length;
		} else {
			s++;
		}
	}
	*bytes = unit * count;
	if (*align < unit)
		*align = unit;
	return s;
}

int sim_ptx_entry(const char *ptx, const char *name, uint32_t *offsets, uint32_t *sizes, int most)
{
	size_t length = strlen(name);
	for (const char *s = ptx; (s = directive(s, ".entry"));) {
		if (name_length(s) != length || strncmp(s, name, length))
			continue;
		s = space(s + length);
		int count = 0;
		uint32_t at = 0;
		if (*s++ != '(')
			return 0;
		for (s = space(s); *s && *s != ')';) {
			uint64_t bytes;
			unsigned align;
			const char *parameter;
			size_t ignored;
			s = declaration(s, &bytes, &align, &parameter, &ignored);
			if (parameter && align && count < most) {
				at = (at + align - 1) / align * align;
				offsets[count] = at;
				sizes[count++] = (uint32_t)bytes;
				at += (uint32_t)bytes;
			}
			if (*s == ',')
				s = space(s + 1);
			else if (*s != ')')
				break;
		}
		return count;
	}
	return -1;
}

uint64_t sim_ptx_global(const char *ptx, const char *name)
{
	size_t want = strlen(name);
	static const char *const spaces[] = {".global", ".const"};
	for (int i = 0; i < 2; i++) {
		for (const char *s = ptx; (s = directive(s, spaces[i]));) {
			uint64_t bytes;
			unsigned align;
			const char *found;
			size_t length = 0;
			/* Loads and stores have the word too, but no type that is followed by a name. */
			declaration(s, &bytes, &align, &found, &length);
			if (found && length == want && !strncmp(found, name, want) && bytes)
				return bytes;
		}
	}
	return 0;
}

unsigned sim_ptx_entries(const char *ptx, unsigned number, char *name, size_t size)
{
	unsigned count = 0;
	for (const char *s = ptx; (s = directive(s, ".entry")); count++) {
		size_t length = name_length(s);
		if (count == number && length < size) {
			memcpy(name, s, length);
			name[length] = 0;
		}
	}
	return count;
}
