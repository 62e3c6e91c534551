/* SPDX-License-Identifier: MIT */
/*
 * Wildcard matching: one loop that remembers only the latest `*`.  That is
 * enough, since an earlier `*` can never do better than the latest one.
 */
#include "wildcard.h"

#include <string.h>

/* How one pattern element at P matches character C; *NEXT is what follows it. */
typedef bool match_one(const char *p, char c, const char **next);

static bool one_literal(const char *p, char c, const char **next)
{
	*next = p + 1;
	return *p == c;
}

static bool one_wild(const char *p, char c, const char **next)
{
	*next = p + 1;
	return *p == '?' || *p == c;
}

/* P is behind `[`; sets *END behind the `]`, false if there is none. */
static bool set_end(const char *p, const char **end)
{
	if (*p == '!' || *p == '^')
		p++;
	if (*p == ']') /* first in the set: a member */
		p++;
	p = strchr(p, ']');
	*end = p ? p + 1 : NULL;
	return p != NULL;
}

static bool set_has(const char *p, const char *close, char c)
{
	bool negate = *p == '!' || *p == '^', found = false;
	unsigned char u = (unsigned char)c;

	if (negate)
		p++;
	while (p < close) {
		unsigned char low = (unsigned char)*p++, high = low;

		if (p + 1 < close && *p == '-') {
			high = (unsigned char)p[1];
			p += 2;
		}
		found = found || (low <= u && u <= high);
	}
	return found != negate;
}

static bool one_glob(const char *p, char c, const char **next)
{
	const char *end;

	if (*p == '[' && set_end(p + 1, &end)) {
		*next = end;
		return set_has(p + 1, end - 1, c);
	}
	if (*p == '\\' && p[1])
		return one_literal(p + 1, c, next);
	return one_wild(p, c, next);
}

static bool match(const char *p, const char *text, size_t length, match_one *one)
{
	const char *star = NULL, *next;
	size_t at = 0, star_at = 0;

	while (at < length) {
		if (*p == '*') {
			star = ++p;
			star_at = at;
		} else if (*p && one(p, text[at], &next)) {
			p = next;
			at++;
		} else if (star) {
			p = star;
			at = ++star_at;
		} else {
			return false;
		}
	}
	while (*p == '*')
		p++;
	return *p == '\0';
}

bool lr_match_star(const char *pattern, const char *text, size_t length)
{
	return match(pattern, text, length, one_literal);
}

bool lr_match_wild(const char *pattern, const char *text, size_t length)
{
	return match(pattern, text, length, one_wild);
}

bool lr_match_glob(const char *pattern, const char *text, size_t length)
{
	return match(pattern, text, length, one_glob);
}
