/* SPDX-License-Identifier: MIT */
/*
 * Demangling by libiberty, whose output is taken piecewise and cut at a limit:
 * a hostile name of 200 bytes can stand for gigabytes of text.
 */
#include "demangle.h"

#include <libiberty/demangle.h>
#include <setjmp.h>
#include <string.h>

/* Longer mangled names are shown as they are. */
enum { MANGLED_MAX = 16 * 1024 };

struct sink {
	char *out;
	size_t size, length;
	jmp_buf full;
};

static void take(const char *text, size_t length, void *opaque)
{
	struct sink *sink = opaque;
	size_t room = sink->size - 1 - sink->length;
	size_t n = length < room ? length : room;

	memcpy(sink->out + sink->length, text, n);
	sink->length += n;
	sink->out[sink->length] = '\0';
	if (n < length)
		longjmp(sink->full, 1); /* the only way to stop the demangler */
}

static bool demangle_into(const char *name, char *out, size_t size)
{
	const int options = DMGL_PARAMS | DMGL_ANSI;
	struct sink sink = {.out = out, .size = size};
	volatile bool some = false;

	out[0] = '\0';
	if (setjmp(sink.full))
		return some;
	/* Only a name that is mangled through and through gets here with output. */
	some = true;
	/* Rust first: its legacy names are C++ names to the C++ demangler, hash and all. */
	if (rust_demangle_callback(name, options, take, &sink))
		return true;
	sink.length = 0;
	out[0] = '\0';
	return strncmp(name, "_Z", 2) == 0 &&
	       cplus_demangle_v3_callback(name, options, take, &sink) != 0;
}

/* Length of NAME without a symbol version and without clone marks. */
static size_t plain_length(const char *name)
{
	static const char *const marks[] = {".part.",     ".constprop.", ".isra.",     ".cold",
					    ".lto_priv.", ".llvm.",      ".localalias"};
	size_t length = strlen(name);
	const char *at = length ? strchr(name + 1, '@') : NULL;

	if (at)
		length = (size_t)(at - name);
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		const char *mark = length ? strstr(name + 1, marks[i]) : NULL;

		if (mark && (size_t)(mark - name) < length)
			length = (size_t)(mark - name);
	}
	return length;
}

bool lr_demangle(const char *name, char *out, size_t size)
{
	size_t length = plain_length(name);

	if (length < MANGLED_MAX && (strncmp(name, "_Z", 2) == 0 || strncmp(name, "_R", 2) == 0)) {
		char plain[MANGLED_MAX];

		memcpy(plain, name, length);
		plain[length] = '\0';
		if (demangle_into(plain, out, size) && out[0])
			return true;
	}
	if (length >= size)
		length = size - 1;
	memcpy(out, name, length);
	out[length] = '\0';
	return false;
}
