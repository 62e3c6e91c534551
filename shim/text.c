/* SPDX-License-Identifier: MIT */
/* See text.h.  Depends on nothing. */
#include "text.h"

size_t ls_length(const char *s)
{
	size_t n = 0;
	while (s[n])
		n++;
	return n;
}

bool ls_equal(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return *a == *b;
}

bool ls_starts(const char *s, const char *prefix)
{
	while (*prefix)
		if (*s++ != *prefix++)
			return false;
	return true;
}

void ls_zero(void *p, size_t n)
{
	__builtin_memset(p, 0, n);
}

void ls_copy(void *to, const void *from, size_t n)
{
	__builtin_memcpy(to, from, n);
}

const char *ls_basename(const char *path)
{
	const char *base = path;
	for (; *path; path++)
		if (*path == '/')
			base = path + 1;
	return base;
}

void ls_text_start(struct ls_text *t, char *buffer, size_t size)
{
	t->data = buffer;
	t->size = size;
	t->used = 0;
	buffer[0] = 0;
}

void ls_text_add_n(struct ls_text *t, const char *s, size_t n)
{
	size_t room = t->size - 1 - t->used;
	if (n > room)
		n = room;
	ls_copy(t->data + t->used, s, n);
	t->used += n;
	t->data[t->used] = 0;
}

void ls_text_add(struct ls_text *t, const char *s)
{
	ls_text_add_n(t, s, ls_length(s));
}

static void add_base(struct ls_text *t, uint64_t v, unsigned base)
{
	char digits[24];
	size_t n = sizeof digits;
	do {
		digits[--n] = "0123456789abcdef"[v % base];
		v /= base;
	} while (v);
	ls_text_add_n(t, digits + n, sizeof digits - n);
}

void ls_text_number(struct ls_text *t, uint64_t v)
{
	add_base(t, v, 10);
}

void ls_text_hex(struct ls_text *t, uint64_t v)
{
	add_base(t, v, 16);
}

bool ls_parse_number(const char **s, uint64_t *v)
{
	const char *p = *s;
	uint64_t n = 0;
	if (*p < '0' || *p > '9')
		return false;
	for (; *p >= '0' && *p <= '9'; p++) {
		uint64_t d = (uint64_t)(*p - '0');
		if (n > (UINT64_MAX - d) / 10)
			return false;
		n = n * 10 + d;
	}
	*s = p;
	*v = n;
	return true;
}

bool ls_parse_hex(const char **s, uint64_t *v)
{
	const char *p = *s;
	uint64_t n = 0;
	for (;; p++) {
		if (*p >= '0' && *p <= '9')
			n = n << 4 | (uint64_t)(*p - '0');
		else if (*p >= 'a' && *p <= 'f')
			n = n << 4 | (uint64_t)(*p - 'a' + 10);
		else
			break;
	}
	if (p == *s)
		return false;
	*s = p;
	*v = n;
	return true;
}
