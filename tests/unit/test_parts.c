/* SPDX-License-Identifier: MIT */
/* The small parts: numbers, widths, option values, fingerprints, arena, errors. */
#include "reporter_helpers.h"

#include "arena.h"
#include "fingerprint.h"
#include "names.h"
#include "term.h"
#include "units.h"

static void sizes(void **state)
{
	static const struct {
		uint64_t bytes;
		const char *text;
	} cases[] = {{0, "0 B"},
		     {1023, "1023 B"},
		     {1024, "1.0 KiB"},
		     {491520, "480.0 KiB"},
		     {1048575, "1.0 MiB"},
		     {1048576, "1.0 MiB"},
		     {1288490189, "1.2 GiB"},
		     {UINT64_MAX, "16.0 EiB"}};
	char buffer[LR_UNIT_SIZE];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_string_equal(lr_size(buffer, cases[i].bytes), cases[i].text);
}

static void counts_and_seconds(void **state)
{
	char buffer[LR_UNIT_SIZE];

	(void)state;
	assert_string_equal(lr_count(buffer, 0), "0");
	assert_string_equal(lr_count(buffer, 999), "999");
	assert_string_equal(lr_count(buffer, 1234567), "1 234 567");
	assert_string_equal(lr_count(buffer, UINT64_MAX), "18 446 744 073 709 551 615");
	assert_string_equal(lr_seconds(buffer, 12.44), "12.4 s");
	assert_string_equal(lr_seconds(buffer, 0.0031), "3.1 ms");
	assert_string_equal(lr_seconds(buffer, 0.12), "0.12 s");
	assert_string_equal(lr_seconds(buffer, -1), "0.00 s");
	assert_true(strlen(lr_seconds(buffer, 1e300)) < LR_UNIT_SIZE);
}

static void widths(void **state)
{
	char text[64] = "";
	FILE *out = fmemopen(text, sizeof text, "w");

	(void)state;
	assert_int_equal(lr_text_width("abc"), 3);
	assert_int_equal(lr_text_width("é…"), 2);
	assert_int_equal(lr_text_width("\xff\xff"), 2);
	assert_int_equal(lr_text_put(out, "abcdef", 4), 4);
	fputc('|', out);
	assert_int_equal(lr_text_put(out, "abcd", 4), 4);
	fputc('|', out);
	assert_int_equal(lr_text_put(out, "a\x1b\xc2\x9b\xffz", 0), 6);
	fclose(out);
	assert_string_equal(text, "abc…|abcd|a????z");
}

static void option_values(void **state)
{
	struct lr_selection s;
	struct lr_error err;
	uint64_t n;
	int memory;

	(void)state;
	assert_int_equal(lr_parse_size("--x", "10", &n, &err), 0);
	assert_int_equal(n, 10);
	assert_int_equal(lr_parse_size("--x", "2K", &n, &err), 0);
	assert_int_equal(n, 2048);
	assert_int_equal(lr_parse_size("--x", "3MiB", &n, &err), 0);
	assert_int_equal(n, 3 << 20);
	assert_int_equal(lr_parse_size("--x", "1g", &n, &err), 0);
	assert_int_equal(n, 1 << 30);
	assert_int_equal(lr_parse_size("--x", "", &n, &err), -1);
	assert_int_equal(lr_parse_size("--x", "-1", &n, &err), -1);
	assert_int_equal(lr_parse_size("--x", "1X", &n, &err), -1);
	assert_int_equal(lr_parse_size("--x", "99999999T", &n, &err), -1);
	assert_int_equal(lr_parse_size("--x", "99999999999999999999", &n, &err), -1);
	assert_non_null(strstr(err.text, "--x"));
	assert_int_equal(lr_parse_number("--n", "7", &n, &err), 0);
	assert_int_equal(lr_parse_number("--n", "7k", &n, &err), -1);
	assert_int_equal(lr_parse_memory("--memory", "pinned", &memory, &err), 0);
	assert_int_equal(memory, LS_MEM_PINNED);
	assert_int_equal(lr_parse_memory("--memory", "ram", &memory, &err), -1);
	lr_selection_default(&s);
	assert_int_equal(lr_parse_kinds("--kinds", "definite,outlived", &s, &err), 0);
	assert_int_equal(s.kinds, 1u << LS_KIND_DEFINITE);
	assert_true(s.outlived);
	assert_int_equal(lr_parse_kinds("--kinds", "all", &s, &err), 0);
	assert_int_equal(s.kinds, (1u << LS_KIND_COUNT) - 1);
	assert_int_equal(lr_parse_kinds("--kinds", "reachable", &s, &err), 0);
	assert_false(s.outlived);
	assert_int_equal(lr_parse_kinds("--kinds", "definite,", &s, &err), -1);
	assert_int_equal(lr_parse_kinds("--kinds", "definit", &s, &err), -1);
}

static void fingerprints(void **state)
{
	struct lr_frame a[2] = {
		{.function = "f", .module = "/old/place/prog", .offset = 1, .line = 3},
		{.function = "main", .module = "/old/place/prog", .offset = 2}};
	struct lr_frame b[2] = {{.function = "f", .module = "/new/prog", .offset = 77, .line = 9},
				{.function = "main", .module = "/new/prog", .offset = 78}};
	struct lr_frame c[2];
	char x[33], y[33];

	(void)state;
	lr_fingerprint("/a", a, 2, x);
	assert_int_equal(strlen(x), 32);
	/* a rebuild elsewhere, with other lines */
	lr_fingerprint("/a", b, 2, y);
	assert_string_equal(x, y);
	b[0].function = "f.constprop.0";
	lr_fingerprint("/a", b, 2, y);
	assert_string_equal(x, y);
	b[0].function = "g";
	lr_fingerprint("/a", b, 2, y);
	assert_string_not_equal(x, y);
	lr_fingerprint("/b", a, 2, y);
	assert_string_not_equal(x, y);
	lr_fingerprint("/a", a, 1, y);
	assert_string_not_equal(x, y);
	/* one name among them: offsets don't matter; none: they must */
	memcpy(c, a, sizeof c);
	c[0].function = NULL;
	lr_fingerprint("/a", c, 2, x);
	c[0].offset = 99;
	lr_fingerprint("/a", c, 2, y);
	assert_string_equal(x, y);
	c[1].function = NULL;
	lr_fingerprint("/a", c, 2, x);
	c[0].offset = 100;
	lr_fingerprint("/a", c, 2, y);
	assert_string_not_equal(x, y);
}

static void arena(void **state)
{
	struct lr_arena *a = lr_arena_new();
	char *first = lr_arena_string(a, "hello"), *large;
	int i;

	(void)state;
	for (i = 0; i < 10000; i++) {
		char *p = lr_arena_alloc(a, (size_t)i % 100);

		assert_int_equal((uintptr_t)p % 16, 0);
		memset(p, 0xff, (size_t)i % 100);
	}
	large = lr_arena_alloc(a, 10 << 20);
	assert_int_equal(large[0], 0);
	assert_int_equal(large[(10 << 20) - 1], 0);
	assert_string_equal(first, "hello");
	assert_string_equal(lr_arena_printf(a, "%d-%s", 7, "x"), "7-x");
	lr_arena_free(a);
}

static void errors_are_one_line(void **state)
{
	struct lr_error err;
	char longer[3000];

	(void)state;
	assert_int_equal(lr_fail(&err, "%s: %s", "a\nb", "\033[2J"), -1);
	assert_string_equal(err.text, "a?b: ?[2J");
	memset(longer, 'x', sizeof longer - 1);
	longer[sizeof longer - 1] = '\0';
	lr_fail(&err, "%s", longer);
	assert_int_equal(strlen(err.text), sizeof err.text - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes),
		cmocka_unit_test(counts_and_seconds),
		cmocka_unit_test(widths),
		cmocka_unit_test(option_values),
		cmocka_unit_test(fingerprints),
		cmocka_unit_test(arena),
		cmocka_unit_test(errors_are_one_line),
	};

	return cmocka_run_group_tests_name("parts", tests, NULL, NULL);
}
