/* SPDX-License-Identifier: MIT */
/*
 * Each victim build against the EXPECT lines of its source: exact functions,
 * files and lines, inlined calls and all.
 */
#include "harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PROBES_MAX = 64, FRAMES_MAX = 8 };

struct build {
	const char *name, *source, *compiler;
};

/* Line of SOURCE whose comment is MARK (with its @), 0 if there is none. */
static unsigned line_of(const char *text, const char *mark)
{
	char wanted[80];
	const char *at;
	unsigned line = 1;

	snprintf(wanted, sizeof(wanted), "/* %s */", mark);
	at = strstr(text, wanted);
	if (!at)
		return 0;
	for (const char *p = text; p < at; p++)
		line += *p == '\n';
	return line;
}

/* Check the frames of one probe against WANT: "function @mark <- function @mark". */
static void check_frames(const struct build *build, const char *probe, const char *text,
			 const char *path, char *want, const struct lr_symbol *got, size_t count)
{
	size_t i = 0;

	for (char *next, *p = want; p; p = next, i++) {
		char *mark = NULL;

		next = strstr(p, " <- ");
		if (next) {
			*next = '\0';
			next += 4;
		}
		mark = strrchr(p, '@');
		assert_non_null(mark);
		mark[-1] = '\0';
		if (i >= count)
			fail_msg("%s, %s: %zu frames, but %s is wanted", build->name, probe, count,
				 p);
		if (!got[i].function || strcmp(got[i].function, p) != 0)
			fail_msg("%s, %s, frame %zu: function %s instead of %s", build->name, probe,
				 i, got[i].function ? got[i].function : "(none)", p);
		if (!got[i].file || strcmp(got[i].file, path) != 0)
			fail_msg("%s, %s, frame %zu: file %s instead of %s", build->name, probe, i,
				 got[i].file ? got[i].file : "(none)", path);

		unsigned line = line_of(text, mark);

		if (line == 0 || got[i].line != line)
			fail_msg("%s, %s, frame %zu: line %u instead of %u", build->name, probe, i,
				 got[i].line, line);
		if (got[i].inlined != (next != NULL))
			fail_msg("%s, %s, frame %zu: wrong inlined mark", build->name, probe, i);
	}
	if (i != count)
		fail_msg("%s, %s: %zu frames instead of %zu", build->name, probe, count, i);
}

/* The EXPECT line of PROBE for COMPILER in TEXT; false if there is none. */
static bool expectation(const char *text, const char *compiler, const char *probe, char *out,
			size_t size)
{
	char any[96], one[128];
	const char *at;

	snprintf(any, sizeof(any), " * EXPECT %.63s: ", probe);
	snprintf(one, sizeof(one), " * EXPECT[%.15s] %.63s: ", compiler, probe);
	at = strstr(text, any);
	at = at ? at + strlen(any) : strstr(text, one);
	if (!at)
		return false;
	if (strncmp(at, " * ", 3) == 0)
		at += strlen(one);
	snprintf(out, size, "%.*s", (int)strcspn(at, "\n"), at);
	return true;
}

static void build_resolves(void **state)
{
	const struct build *build = *state;
	char path[4096], source[4096], want[512];
	struct lr_symbols_options options = {.debuginfod = false};
	struct lr_symbols *s = lr_symbols_new(&options);
	struct probe probes[PROBES_MAX];
	size_t length, count, expected = 0;

	snprintf(path, sizeof(path), "%s/%s", victim_dir, build->name);
	snprintf(source, sizeof(source), "%s/%s", source_dir, build->source);

	char *text = lr_read_regular(source, 0, &length);

	assert_non_null(text);
	assert_non_null(s);
	count = run_victim(build->name, probes, PROBES_MAX);
	/* Every expectation must have been met by a probe, and every probe must be expected. */
	for (const char *p = text; (p = strstr(p, " * EXPECT")) != NULL; p++) {
		if (p[9] == ' ' || strncmp(p + 10, build->compiler, strlen(build->compiler)) == 0) {
			char name[64];

			assert_int_equal(sscanf(strchr(p + 8, ' ') + 1, "%63[^:]", name), 1);
			(void)probe_named(probes, count, name);
			expected++;
		}
	}
	assert_true(expected > 5);
	for (int again = 0; again < 2; again++) { /* the second time from the cache */
		for (size_t i = 0; i < count; i++) {
			struct lr_symbols_module module = {.path = path,
							   .build_id_hex = build_id_of(&probes[i])};
			struct lr_symbol frames[FRAMES_MAX];
			size_t n = lr_symbols_resolve(s, &module, probes[i].address, frames,
						      FRAMES_MAX);

			if (!expectation(text, build->compiler, probes[i].name, want, sizeof(want)))
				fail_msg("%s: no expectation for %s", build->source,
					 probes[i].name);
			check_frames(build, probes[i].name, text, source, want, frames, n);
		}
	}
	assert_int_equal(lr_symbols_note_count(s), 0);
	lr_symbols_free(s);
	free(text);
}

/* With room for one frame only, it is the innermost. */
static void small_room(void **state)
{
	struct lr_symbols_options options = {.debuginfod = false};
	struct lr_symbols *s = lr_symbols_new(&options);
	struct probe probes[PROBES_MAX];
	size_t count = run_victim("c-gcc-O2", probes, PROBES_MAX);
	const struct probe *p = probe_named(probes, count, "inlined");
	struct lr_symbols_module module = {.path = in(victim_dir, "c-gcc-O2")};
	struct lr_symbol frame;

	assert_int_equal(lr_symbols_resolve(s, &module, p->address, &frame, 1), 1);
	assert_string_equal(frame.function, "innermost");
	assert_int_equal(lr_symbols_resolve(s, &module, p->address, &frame, 0), 0);
	lr_symbols_free(s);
}

/* Without DWARF: names from the symbol table, demangled; one note that says so. */
static void symbols_only(void **state)
{
	static const char *const wanted[][3] = {
		{"symtab", "static", "static_function"},
		{"symtab", "inlined", "outer"},
		{"symtab", "public", "public_name"},
		{"symtab", "legacy", "store::Queue<T>::push"},
		{"symtab", "v0", "mycrate::grow"},
		{"symtab-cxx", "method", "ns::Box::grow(int, char const*)"},
		{"symtab-cxx", "template", "int ns::twice<int>(int)"},
		{"symtab-cxx", "unnamed", "(anonymous namespace)::hidden(unsigned int)"},
		{"symtab-cxx", "lambda", "main::{lambda(int)#1}::operator()(int) const"},
		{"stripped", "plain", "plain_function"},
		{"stripped", "inlined", "outer"},
		{"stripped", "static", ""}, /* no other symbol's name may be given */
		{"minidebug", "static", "static_function"},
		{"minidebug", "plain", "plain_function"},
		{"bare", "unsized", "unsized_function"},
		{"bare", "sized", "sized_function"},
		{"bare", "behind", ""},
	};
	char note[1024];

	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		struct probe probes[PROBES_MAX];
		size_t count = run_victim(wanted[i][0], probes, PROBES_MAX);
		const struct probe *p = probe_named(probes, count, wanted[i][1]);
		const char *got = function_at(in(victim_dir, wanted[i][0]), p->build_id, p->address,
					      note, sizeof(note));

		if (strcmp(got, wanted[i][2]) != 0)
			fail_msg("%s, %s: '%s' instead of '%s'", wanted[i][0], wanted[i][1], got,
				 wanted[i][2]);
		assert_non_null(strstr(note, wanted[i][0]));
		assert_non_null(
			strstr(note, wanted[i][2][0] ? "no debug information" : "no symbols"));
	}
}

/* Split DWARF without its other half: the symbol's name and the line remain. */
static void half_of_split(void **state)
{
	static const char *const victims[] = {"split-gone", "split-fifo"};
	char *text, source[4096];
	size_t length;

	snprintf(source, sizeof(source), "%s/plain.c", source_dir);
	text = lr_read_regular(source, 0, &length);
	assert_non_null(text);
	for (size_t i = 0; i < 2; i++) {
		struct lr_symbols_options options = {.debuginfod = false};
		struct lr_symbols *s = lr_symbols_new(&options);
		struct lr_symbols_module module = {.path = in(victim_dir, victims[i])};
		struct probe probes[PROBES_MAX];
		size_t count = run_victim(victims[i], probes, PROBES_MAX);
		const struct probe *p = probe_named(probes, count, "inlined");
		struct lr_symbol frames[FRAMES_MAX];

		assert_int_equal(lr_symbols_resolve(s, &module, p->address, frames, FRAMES_MAX), 1);
		assert_string_equal(frames[0].function, "outer");
		assert_string_equal(frames[0].file, source);
		assert_int_equal(frames[0].line, line_of(text, "@innermost"));
		lr_symbols_free(s);
	}
	free(text);
}

/* Addresses that lie in no code have no name, wherever they are. */
static void nowhere(void **state)
{
	static const uint64_t addresses[] = {
		0, 1, 0x40, 0x1000000, UINT64_MAX, UINT64_MAX - 1, (uint64_t)1 << 63};

	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
		assert_string_equal(
			function_at(in(victim_dir, "c-gcc-O2"), NULL, addresses[i], NULL, 0), "");
		assert_string_equal(
			function_at(in(victim_dir, "stripped"), NULL, addresses[i], NULL, 0), "");
	}
}

int run_victim_tests(void)
{
	static struct build builds[] = {
		{"c-gcc-O0", "plain.c", "gcc"},
		{"c-gcc-O2", "plain.c", "gcc"},
		{"c-clang-O0", "plain.c", "clang"},
		{"c-clang-O2", "plain.c", "clang"},
		{"cxx-gcc-O0", "objects.cc", "gcc"},
		{"cxx-gcc-O2", "objects.cc", "gcc"},
		{"cxx-clang-O0", "objects.cc", "clang"},
		{"cxx-clang-O2", "objects.cc", "clang"},
		{"c-gcc-dwarf4", "plain.c", "gcc"},
		{"c-clang-dwarf4", "plain.c", "clang"},
		{"c-gcc-nopie", "plain.c", "gcc"},
		{"c-gcc-compressed", "plain.c", "gcc"},
		{"c-gcc-sections", "plain.c", "gcc"},
		{"c-gcc-lto", "plain.c", "gcc"},
		{"c-gcc-relative", "plain.c", "gcc"},
		{"c-clang-relative", "plain.c", "clang"},
		{"c-gcc-split", "plain.c", "gcc"},
		{"c-clang-split", "plain.c", "clang"},
		{"cxx-gcc-dwarf4", "objects.cc", "gcc"},
		{"cxx-clang-dwarf4", "objects.cc", "clang"},
		{"linked", "plain.c", "gcc"},
		{"noid", "plain.c", "gcc"},
	};
	enum { BUILDS = sizeof(builds) / sizeof(builds[0]) };
	static const struct CMUnitTest others[] = {
		cmocka_unit_test(small_room),
		cmocka_unit_test(symbols_only),
		cmocka_unit_test(half_of_split),
		cmocka_unit_test(nowhere),
	};
	enum { OTHERS = sizeof(others) / sizeof(others[0]) };
	struct CMUnitTest tests[BUILDS + OTHERS];

	for (size_t i = 0; i < BUILDS; i++)
		tests[i] = (struct CMUnitTest){.name = builds[i].name,
					       .test_func = build_resolves,
					       .initial_state = &builds[i]};
	memcpy(tests + BUILDS, others, sizeof(others));
	return cmocka_run_group_tests_name("victims", tests, NULL, NULL);
}
