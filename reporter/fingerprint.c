/* SPDX-License-Identifier: MIT */
/* The fingerprint of a leak, see fingerprint.h. */
#include "fingerprint.h"

#include <stdio.h>
#include <string.h>

struct state {
	uint64_t a, b;
};

static uint64_t mix(uint64_t x)
{
	x ^= x >> 32;
	x *= 0xd6e8feb86659fd93ull;
	x ^= x >> 32;
	x *= 0xd6e8feb86659fd93ull;
	x ^= x >> 32;
	return x;
}

static void add(struct state *s, const void *data, size_t length)
{
	const unsigned char *p = data;
	size_t i;

	for (i = 0; i < length; i++) {
		s->a = (s->a ^ p[i]) * 0x100000001b3ull;
		s->b = mix(s->b + p[i] + 0x9e3779b97f4a7c15ull);
	}
}

/* Text with its end, so that "ab","c" and "a","bc" differ. */
static void add_text(struct state *s, const char *text, size_t length)
{
	add(s, text, length);
	add(s, "", 1);
}

const char *lr_basename(const char *path)
{
	const char *slash;

	if (!path)
		return "";
	slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

/* Length of a function's name without what optimisers append (f.constprop.0, f.part.1, …). */
static size_t plain_length(const char *name)
{
	static const char *const marks[] = {".constprop.", ".part.", ".isra.", ".cold",
					    ".lto_priv.",  ".llvm.", " [clone"};
	size_t length = strlen(name), i;

	for (i = 0; i < sizeof marks / sizeof *marks; i++) {
		const char *found = strstr(name, marks[i]);

		if (found && found != name && (size_t)(found - name) < length)
			length = (size_t)(found - name);
	}
	return length;
}

void lr_fingerprint(const char *scope, const struct lr_frame *frames, size_t count, char out[33])
{
	struct state s = {0xcbf29ce484222325ull, 0x6c62272e07bb0142ull};
	const char *module;
	bool named = false;
	size_t i;

	for (i = 0; i < count; i++)
		named |= frames[i].function && !frames[i].call;
	add_text(&s, scope, strlen(scope));
	for (i = 0; i < count; i++) {
		module = lr_basename(frames[i].module);
		add_text(&s, module, strlen(module));
		if (frames[i].function)
			add_text(&s, frames[i].function, plain_length(frames[i].function));
		else if (!named)
			add(&s, &frames[i].offset, sizeof frames[i].offset);
		else
			add_text(&s, "?", 1);
	}
	snprintf(out, 33, "%016llx%016llx", (unsigned long long)mix(s.a ^ (s.b >> 7)),
		 (unsigned long long)mix(s.b));
}
