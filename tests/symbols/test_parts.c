/* SPDX-License-Identifier: MIT */
/*
 * The parts by themselves: perf maps, source lines, demangling, paths, ranges,
 * progress.
 */
#include "harness.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "demangle.h"
#include "perfmap.h"

static void check_map(const struct lr_perfmap *map, uint64_t address, const char *name)
{
	const char *got = lr_perfmap_find(map, address);

	if (!name)
		assert_null(got);
	else
		assert_string_equal(got, name);
}

static void perf_map(void **state)
{
	static const char text[] = "7f0000002000 10 second function\n"
				   "0x7f0000001000 0X100 LazyCompile:*first /a b.js:1:2\r\n"
				   "7f0000001080 10 inside\n"
				   "7f0000002000 10 second again\n"
				   "not a line\n"
				   "\n"
				   "7f0000003000\n"
				   "7f0000003000 10\n"
				   "7f0000003000 10 \n"
				   "7f0000003000 0 empty\n"
				   "7f0000003000 -5 negative\n"
				   "ffffffffffffff00 fffffffffffff wraps\n"
				   "11112222333344445 10 too long\n"
				   "7f0000004000 10 colour\x1b[31m\n"
				   "fffffffffffffff0 f top\n"
				   "7f0000005000 20 last";
	const char *path = in(scratch_dir, "perf-1.map");
	struct lr_perfmap *map;

	write_file(path, text, sizeof(text) - 1);
	map = lr_perfmap_load(path);
	assert_non_null(map);
	check_map(map, 0x7f0000000fff, NULL);
	check_map(map, 0x7f0000001000, "LazyCompile:*first /a b.js:1:2");
	check_map(map, 0x7f0000001080, "inside");
	check_map(map, 0x7f000000108f, "inside");
	check_map(map, 0x7f0000001090, "LazyCompile:*first /a b.js:1:2");
	check_map(map, 0x7f00000010ff, "LazyCompile:*first /a b.js:1:2");
	check_map(map, 0x7f0000001100, NULL);
	check_map(map, 0x7f0000002008, "second again");
	check_map(map, 0x7f0000003000, NULL);
	check_map(map, 0x7f0000004000, "colour?[31m");
	check_map(map, 0xffffffffffffff00, NULL);
	check_map(map, 0xfffffffffffffffe, "top");
	check_map(map, UINT64_MAX, NULL);
	check_map(map, 0x7f000000501f, "last");
	check_map(map, 0, NULL);
	lr_perfmap_free(map);
}

static void perf_map_hostile(void **state)
{
	const char *path = in(scratch_dir, "map"), *fifo = in(scratch_dir, "fifo");
	char *noise = malloc(100000);
	uint32_t random = 7;
	struct lr_perfmap *map;

	assert_non_null(noise);
	for (size_t i = 0; i < 100000; i++) {
		random = random * 1664525 + 1013904223;
		noise[i] = "0123456789abcdef x\n\0\xff"[(random >> 20) % 21];
	}
	write_file(path, noise, 100000);
	free(noise);
	map = lr_perfmap_load(path);
	assert_non_null(map);
	for (uint64_t a = 0; a < 4096; a++) {
		const char *name = lr_perfmap_find(map, a);

		assert_true(!name || name[0]);
	}
	lr_perfmap_free(map);

	write_file(path, "", 0);
	map = lr_perfmap_load(path);
	assert_non_null(map);
	check_map(map, 0, NULL);
	lr_perfmap_free(map);

	assert_int_equal(mkfifo(fifo, 0600), 0);
	assert_null(lr_perfmap_load(fifo));
	assert_null(lr_perfmap_load(scratch_dir));
	assert_null(lr_perfmap_load("/dev/zero"));
	assert_null(lr_perfmap_load(in(scratch_dir, "none")));
}

static void perf_map_names(void **state)
{
	static const struct {
		const char *name, *function, *file;
		unsigned line;
	} cases[] = {
		{"JS:*run /app/a.js:12:5", "run", "/app/a.js", 12},
		{"LazyCompile:~run file:///app/a b.mjs:7:1", "run", "/app/a b.mjs", 7},
		{"JS:^ /app/a.js:3:9", "(anonymous)", "/app/a.js", 3},
		{"Function:run node:internal/timers:44", "run", "node:internal/timers", 44},
		{"py::run:/app/a.py", "run", "/app/a.py", 0},
		{"py::Box.<locals>.go:/app/a.py", "Box.<locals>.go", "/app/a.py", 0},
		{"py::<module>:<frozen site>", "<module>", "<frozen site>", 0},
		{"py::run:", NULL, NULL, 0},
		{"py::run", NULL, NULL, 0},
		{"py:::/a", NULL, NULL, 0},
		{"JS:*run", NULL, NULL, 0},
		{"JS:*run /app/a.js", NULL, NULL, 0},
		{"JS:*run :5", NULL, NULL, 0},
		{"JS:*run 5", NULL, NULL, 0},
		{"JS:*run /app/a.js:99999999999", NULL, NULL, 0},
		{"JS:", NULL, NULL, 0},
		{"Builtin:ArrayPush", NULL, NULL, 0},
		{"Lcom/example/Main;::run", NULL, NULL, 0},
	};
	struct lr_perfmap_name got;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (lr_perfmap_split(cases[i].name, &got) != (cases[i].function != NULL))
			fail_msg("%s", cases[i].name);
		if (!cases[i].function)
			continue;
		assert_string_equal(got.function, cases[i].function);
		assert_string_equal(got.file, cases[i].file);
		assert_int_equal(got.line, cases[i].line);
	}
}

static void perf_map_by_symbols(void **state)
{
	const char *path = in(scratch_dir, "perf-2.map");
	struct lr_symbols_options options = {.perf_map = path};
	struct lr_symbol frame;
	struct lr_symbols *s;

	write_file(path, "1000 10 jitted\n2000 10 JS:*go /a.js:5:1\n", 41);
	s = lr_symbols_new(&options);
	assert_int_equal(lr_symbols_resolve(s, NULL, 0x1008, &frame, 1), 1);
	assert_string_equal(frame.function, "jitted");
	assert_null(frame.file);
	assert_int_equal(frame.line, 0);
	assert_false(frame.inlined);
	assert_int_equal(lr_symbols_resolve(s, NULL, 0x1010, &frame, 1), 0);
	assert_int_equal(lr_symbols_resolve(s, NULL, 0x2000, &frame, 1), 1);
	assert_string_equal(frame.function, "go");
	assert_string_equal(frame.file, "/a.js");
	assert_int_equal(frame.line, 5);
	lr_symbols_free(s);

	options.perf_map = NULL;
	s = lr_symbols_new(&options);
	assert_int_equal(lr_symbols_resolve(s, NULL, 0x1008, &frame, 1), 0);
	lr_symbols_free(s);
}

static void source_lines(void **state)
{
	static const char text[] = "first\n"
				   "\t  char *p = malloc(4);\t \r\n"
				   "\n"
				   "a\tb\x1b[31m\n"
				   "   \n"
				   "last";
	const char *path = in(scratch_dir, "source.c"), *fifo = in(scratch_dir, "fifo");
	struct lr_symbols_options options = {.debuginfod = false};
	struct lr_symbols *s = lr_symbols_new(&options);
	char *large = calloc(1, (4 << 20) + 1);

	write_file(path, text, sizeof(text) - 1);
	assert_string_equal(lr_symbols_source_line(s, path, 1), "first");
	assert_string_equal(lr_symbols_source_line(s, path, 2), "char *p = malloc(4);");
	assert_null(lr_symbols_source_line(s, path, 3));
	assert_string_equal(lr_symbols_source_line(s, path, 4), "a b?[31m");
	assert_null(lr_symbols_source_line(s, path, 5));
	assert_string_equal(lr_symbols_source_line(s, path, 6), "last");
	assert_null(lr_symbols_source_line(s, path, 7));
	assert_null(lr_symbols_source_line(s, path, 0));
	assert_null(lr_symbols_source_line(s, path, UINT32_MAX));
	assert_null(lr_symbols_source_line(s, NULL, 1));
	assert_null(lr_symbols_source_line(s, "source.c", 1));
	assert_null(lr_symbols_source_line(s, "", 1));
	assert_null(lr_symbols_source_line(s, in(scratch_dir, "none.c"), 1));
	assert_null(lr_symbols_source_line(s, scratch_dir, 1));
	assert_null(lr_symbols_source_line(s, "/dev/zero", 1));
	assert_int_equal(mkfifo(fifo, 0600), 0);
	assert_null(lr_symbols_source_line(s, fifo, 1));

	assert_non_null(large);
	memset(large, 'x', (4 << 20) + 1);
	write_file(in(scratch_dir, "most.c"), large, 4 << 20);
	write_file(in(scratch_dir, "large.c"), large, (4 << 20) + 1);
	free(large);
	assert_memory_equal(lr_symbols_source_line(s, in(scratch_dir, "most.c"), 1), "xxxx", 4);
	assert_null(lr_symbols_source_line(s, in(scratch_dir, "large.c"), 1));
	lr_symbols_free(s);
}

/* Lines stay valid when their file has been dropped from the cache. */
static void source_cache(void **state)
{
	struct lr_symbols_options options = {.debuginfod = false};
	struct lr_symbols *s = lr_symbols_new(&options);
	const char *lines[600];

	for (unsigned round = 0; round < 2; round++) {
		for (unsigned i = 0; i < 600; i++) {
			char name[32], text[32];

			snprintf(name, sizeof(name), "%u.c", i);
			snprintf(text, sizeof(text), "line of %u", i);
			if (round == 0)
				write_file(in(scratch_dir, name), text, strlen(text));
			lines[i] = lr_symbols_source_line(s, in(scratch_dir, name), 1);
		}
		for (unsigned i = 0; i < 600; i++) {
			char text[32];

			snprintf(text, sizeof(text), "line of %u", i);
			assert_string_equal(lines[i], text);
		}
	}
	lr_symbols_free(s);
}

static void strip_prefix(void **state)
{
	struct probe probes[64];
	size_t count = run_victim("c-gcc-O2", probes, 64);
	const struct probe *p = probe_named(probes, count, "static");
	struct lr_symbols_module module = {.path = in(victim_dir, "c-gcc-O2")};
	char slash[4096], part[4096];
	const struct {
		const char *prefix, *shown;
	} cases[] = {
		{source_dir, "plain.c"},
		{slash, "plain.c"},
		{part, NULL}, /* ends within a name: not a prefix */
		{"", NULL},
		{"/nowhere", NULL},
	};

	snprintf(slash, sizeof(slash), "%s/", source_dir);
	snprintf(part, sizeof(part), "%.*s", (int)strlen(source_dir) - 1, source_dir);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct lr_symbols_options options = {.strip_prefix = cases[i].prefix};
		struct lr_symbols *s = lr_symbols_new(&options);
		struct lr_symbol frame;

		assert_int_equal(lr_symbols_resolve(s, &module, p->address, &frame, 1), 1);
		assert_string_equal(frame.file,
				    cases[i].shown ? cases[i].shown : in(source_dir, "plain.c"));
		/* The source is found all the same. */
		assert_string_equal(lr_symbols_source_line(s, frame.file, frame.line),
				    "probe(\"static\"); /* @static */");
		lr_symbols_free(s);
	}
}

static void demangling(void **state)
{
	static const struct {
		const char *name, *readable;
		bool mangled;
	} cases[] = {
		{"main", "main", false},
		{"_start", "_start", false},
		{"", "", false},
		{"_Z", "_Z", false},
		{"_R", "_R", false},
		{"_Znwm", "operator new(unsigned long)", true},
		{"_ZN2ns3BoxC1El", "ns::Box::Box(long)", true},
		{"_ZN2ns3BoxC4El", "ns::Box::Box(long)", true},
		{"_ZNSt6vectorIiSaIiEE9push_backERKi",
		 "std::vector<int, std::allocator<int> >::push_back(int const&)", true},
		{"_ZN5store14Queue$LT$T$GT$4push17h0123456789abcdefE", "store::Queue<T>::push",
		 true},
		{"_RNvC7mycrate4grow", "mycrate::grow", true},
		{"_RNvCs6GmmlP4bgsG_1r4main", "r::main", true},
		{"malloc@@GLIBC_2.2.5", "malloc", false},
		{"run.part.0", "run", false},
		{"run.constprop.0.isra.3", "run", false},
		{"run.cold", "run", false},
		{"run.partial", "run.partial", false},
		{"_ZN2ns3Box4growEiPKc.cold", "ns::Box::grow(int, char const*)", true},
		{"_ZN2ns3Box", "_ZN2ns3Box", false},
		{"_Zbogus", "_Zbogus", false},
	};
	char out[256];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(lr_demangle(cases[i].name, out, sizeof(out)), cases[i].mangled);
		assert_string_equal(out, cases[i].readable);
	}
	/* Cut where there is no room. */
	assert_true(lr_demangle("_ZN2ns3BoxC1El", out, 8));
	assert_string_equal(out, "ns::Box");
	assert_false(lr_demangle("a_long_name", out, 4));
	assert_string_equal(out, "a_l");
}

/* A short name that stands for 2^40 characters and more, and one that nests deeply. */
static void demangling_hostile(void **state)
{
	char name[2048] = "_Z1fSt4pairIiiES_IS0_S0_E", out[4096];
	struct timespec a, b;

	/* Each pair is of the pair before it, twice. */
	for (int i = 1; i < 36; i++) {
		char digit = (char)(i < 10 ? '0' + i : 'A' + i - 10);

		sprintf(name + strlen(name), "S_IS%c_S%c_E", digit, digit);
	}
	clock_gettime(CLOCK_MONOTONIC, &a);
	assert_true(lr_demangle(name, out, sizeof(out)));
	assert_int_equal(strlen(out), sizeof(out) - 1);
	assert_memory_equal(out, "f(std::pair<int, int>, std::pair<std::pair<", 43);
	memset(name, 'P', sizeof(name) - 1);
	memcpy(name, "_Z1f", 4);
	name[sizeof(name) - 1] = '\0';
	(void)lr_demangle(name, out, sizeof(out));
	for (size_t i = 2; i + 1 < sizeof(name); i += 2)
		memcpy(name + i, "IT", 2);
	(void)lr_demangle(name, out, sizeof(out));
	memcpy(name, "_R", 2);
	(void)lr_demangle(name, out, sizeof(out));
	clock_gettime(CLOCK_MONOTONIC, &b);
	assert_true(b.tv_sec - a.tv_sec < 10);
}

static void paths(void **state)
{
	static const struct {
		const char *directory, *name, *path;
	} cases[] = {
		{"/build", "a.c", "/build/a.c"},
		{"/build", "/src/a.c", "/src/a.c"},
		{"/build", "../src/./a.c", "/src/a.c"},
		{"/build/x", "../../../../a.c", "/a.c"},
		{"/build//x/", ".//a.c", "/build/x/a.c"},
		{"build", "../a.c", "a.c"},
		{"build", "../../a.c", "../a.c"},
		{NULL, "a.c", "a.c"},
		{NULL, "./a/../b.c", "b.c"},
		{"/", "a.c", "/a.c"},
		{"/a/..", "b.c", "/b.c"},
		{"/a", "..b/...c", "/a/..b/...c"},
	};
	char out[64];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_true(lr_path_join(out, sizeof(out), cases[i].directory, cases[i].name));
		assert_string_equal(out, cases[i].path);
	}
	assert_false(lr_path_join(out, 8, "/build", "a.c"));
	assert_true(lr_path_join(out, 11, "/build", "a.c"));
	assert_false(lr_path_join(out, sizeof(out), NULL, ""));
}

/* Nested, overlapping and equal ranges against a plain scan. */
static void ranges(void **state)
{
	struct lr_ranges r = {0};
	struct {
		uint64_t low, high;
	} list[200];
	uint32_t random = 5;

	for (uint32_t i = 0; i < 200; i++) {
		random = random * 1664525 + 1013904223;
		list[i].low = (random >> 16) % 1000;
		list[i].high = list[i].low + (random >> 8) % (i % 10 == 0 ? 500 : 20);
		assert_int_equal(lr_ranges_add(&r, list[i].low, list[i].high, i), 0);
	}
	lr_ranges_sort(&r);
	for (uint64_t a = 0; a < 1600; a++) {
		bool seen[200] = {false};
		size_t cursor = SIZE_MAX;
		uint64_t last = UINT64_MAX;
		const struct lr_range *found;

		while ((found = lr_ranges_next(&r, a, &cursor)) != NULL) {
			assert_true(found->low <= last);
			last = found->low;
			seen[found->item] = true;
		}
		for (uint32_t i = 0; i < 200; i++)
			assert_int_equal(seen[i], list[i].low <= a && a < list[i].high);
	}
	lr_ranges_free(&r);
}

/* What BODY writes to stderr. */
static void with_stderr(void (*body)(struct lr_symbols *), bool progress, char *out, size_t size)
{
	const char *path = in(scratch_dir, "stderr");
	struct lr_symbols_options options = {.progress = progress};
	int saved = dup(2), fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	ssize_t n;

	assert_true(saved >= 0 && fd >= 0);
	fflush(stderr);
	dup2(fd, 2);

	struct lr_symbols *s = lr_symbols_new(&options);

	body(s);
	lr_symbols_free(s);
	fflush(stderr);
	dup2(saved, 2);
	close(saved);
	n = pread(fd, out, size - 1, 0);
	assert_true(n >= 0);
	out[n] = '\0';
	close(fd);
}

static void quick_work(struct lr_symbols *s)
{
	for (size_t i = 0; i <= 100; i++)
		lr_symbols_progress(s, i, 100);
}

static void slow_work(struct lr_symbols *s)
{
	lr_symbols_progress(s, 0, 100);
	usleep(600000);
	lr_symbols_progress(s, 40, 100);
	lr_symbols_progress(s, 41, 100); /* too soon to be shown */
	lr_symbols_progress(s, 100, 100);
}

static void unfinished_work(struct lr_symbols *s)
{
	lr_symbols_progress(s, 0, 100);
	usleep(600000);
	lr_symbols_progress(s, 40, 100);
}

static void progress(void **state)
{
	char out[1024];

	with_stderr(quick_work, true, out, sizeof(out));
	assert_string_equal(out, "");
	with_stderr(slow_work, false, out, sizeof(out));
	assert_string_equal(out, "");
	with_stderr(slow_work, true, out, sizeof(out));
	assert_string_equal(out, "\rsymbols: 40 of 100\033[K\r\033[K");
	with_stderr(unfinished_work, true, out, sizeof(out));
	assert_string_equal(out, "\rsymbols: 40 of 100\033[K\r\033[K");
}

int run_part_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(perf_map, make_scratch, remove_scratch),
		cmocka_unit_test_setup_teardown(perf_map_hostile, make_scratch, remove_scratch),
		cmocka_unit_test(perf_map_names),
		cmocka_unit_test_setup_teardown(perf_map_by_symbols, make_scratch, remove_scratch),
		cmocka_unit_test_setup_teardown(source_lines, make_scratch, remove_scratch),
		cmocka_unit_test_setup_teardown(source_cache, make_scratch, remove_scratch),
		cmocka_unit_test(strip_prefix),
		cmocka_unit_test(demangling),
		cmocka_unit_test(demangling_hostile),
		cmocka_unit_test(paths),
		cmocka_unit_test(ranges),
		cmocka_unit_test_setup_teardown(progress, make_scratch, remove_scratch),
	};

	return cmocka_run_group_tests_name("parts", tests, NULL, NULL);
}
