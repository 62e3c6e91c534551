/* SPDX-License-Identifier: MIT */
/*
 * Suppression rules of both forms against hand-made leaks, and the messages for
 * malformed ones.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "suppress.h"

static struct lr_frame frames[] = {
	{.function = "read_block", .file = "/src/app/io.c", .line = 42, .module = "/usr/bin/app"},
	{.function = "store::load(char const*, int) const",
	 .file = "/src/app/store.cc",
	 .line = 7,
	 .module = "/usr/lib/x86_64-linux-gnu/libstore.so.2.1"},
	{.function = NULL, .module = "/opt/plugins/libplug.so"},
	{.function = "main", .file = "/src/app/main.c", .line = 9, .module = "/usr/bin/app"},
};

static struct lr_leak leak_of(struct lr_frame *list, size_t count)
{
	return (struct lr_leak){.scope = "/epoch/batch",
				.blocks = 3,
				.bytes = 96,
				.frames = list,
				.frame_count = count};
}

/* Does RULES, one file's text, cover LEAK? */
static bool covers_leak(const char *rules, const struct lr_leak *leak)
{
	struct lr_suppressions *s = lr_suppressions_new();
	struct lr_error err = {""};
	bool covered;

	if (lr_suppressions_add_text(s, "t.supp", rules, strlen(rules), &err) != 0)
		fail_msg("refused: %s", err.text);
	covered = lr_suppressions_match(s, leak) != NULL;
	lr_suppressions_free(s);
	return covered;
}

static bool covers(const char *rules)
{
	struct lr_leak leak = leak_of(frames, 4);

	return covers_leak(rules, &leak);
}

static void refused(const char *rules, const char *wanted)
{
	struct lr_suppressions *s = lr_suppressions_new();
	struct lr_error err = {""};

	assert_int_equal(lr_suppressions_add_text(s, "t.supp", rules, strlen(rules), &err), -1);
	if (!strstr(err.text, wanted))
		fail_msg("'%s' lacks '%s'", err.text, wanted);
	assert_int_equal(lr_suppressions_count(s), 0);
	lr_suppressions_free(s);
}

static void test_lsan_patterns(void **state)
{
	(void)state;
	assert_true(covers("leak:read_block"));
	assert_true(covers("leak:ad_blo"));
	assert_true(covers("leak:^read_block$"));
	assert_false(covers("leak:^ad_block"));
	assert_false(covers("leak:read_bloc$"));
	assert_true(covers("leak:block$"));
	assert_true(covers("leak:r*k"));
	assert_true(covers("leak:^r*k$"));
	assert_false(covers("leak:^r*x$"));
	assert_true(covers("leak:store.cc"));      /* by file */
	assert_true(covers("leak:libstore.so"));   /* by module */
	assert_true(covers("leak:libplug.so$"));   /* frame without a name */
	assert_true(covers("leak:^store::load$")); /* C++, arguments left out */
	assert_true(covers("leak:load(char const*, int)"));
	assert_false(covers("leak:other"));
	assert_false(covers("leak:Read_block"));
	assert_false(covers("leak:read?block")); /* ? is no wildcard here */
	assert_true(covers("leak:*"));
}

static void test_scope_and_module(void **state)
{
	(void)state;
	assert_true(covers("scope:/epoch/batch"));
	assert_true(covers("scope:/epoch/*"));
	assert_true(covers("scope:*batch"));
	assert_true(covers("scope:/epoch/b[a-c]tch"));
	assert_false(covers("scope:/epoch/b[!a]tch"));
	assert_false(covers("scope:batch"));
	assert_false(covers("scope:/epoch"));
	assert_true(covers("module:libstore.so.*"));
	assert_true(covers("module:/opt/plugins/*"));
	assert_false(covers("module:store"));
}

static void test_lines(void **state)
{
	(void)state;
	assert_true(covers("# comment\r\n\r\n   leak:read_block  \r\n"));
	assert_true(covers("\xef\xbb\xbfleak:read_block"));
	assert_false(covers("#leak:read_block\n"));
	refused("leak:ok\nleek:read_block\n", "t.supp:2: 'leek:read_block' is no suppression");
	refused("leak:\n", "t.supp:1: the pattern is empty");
	refused("leak:^$\n", "t.supp:1: the pattern is empty");
	refused("leak:^$main\n", "t.supp:1: the pattern is empty");
	refused("leak:$main\n", "t.supp:1: the pattern is empty");
	refused("scope: \n", "t.supp:1: the pattern is empty");
	refused("race:foo\n", "t.supp:1:");
	refused("leak:a\n\x7f"
		"ELF\n",
		"t.supp:2: a control character");
}

static void test_valgrind_frames(void **state)
{
	(void)state;
#define BLOCK(lines) "{\n  a name\n  Memcheck:Leak\n" lines "}\n"
	assert_true(covers(BLOCK("fun:malloc\nfun:read_block\n")));
	assert_true(covers(BLOCK("fun:calloc\nfun:read_*\n")));
	assert_true(covers(BLOCK("fun:*alloc\nfun:rea?_block\n")));
	assert_false(covers(BLOCK("fun:read_block\n"))); /* Valgrind's stack starts at malloc */
	assert_false(covers(BLOCK("fun:malloc\nfun:main\n")));
	assert_true(covers(BLOCK("...\nfun:main\n")));
	assert_true(covers(BLOCK("fun:malloc\n...\nfun:main\n")));
	assert_false(covers(BLOCK("fun:malloc\n...\nfun:main\nfun:start\n")));
	assert_true(covers(BLOCK("fun:malloc\n...\nobj:*/libplug.so\n...\n")));
	assert_true(covers(BLOCK("...\nobj:/usr/bin/app\nfun:store::load\n")));
	assert_true(covers(BLOCK("...\nfun:store::load(char const*, int) const\n")));
	assert_true(
		covers(BLOCK("...\nfun:_ZNK5store4loadEPKci\n"))); /* mangled, demangled by us */
	assert_false(covers(BLOCK("...\nfun:_ZNK5store4loadEPKcl\n")));
	assert_true(covers(BLOCK("...\nfun:?ain\n")));
	assert_true(covers(BLOCK("...\nsrc:io.c\n")));
	assert_true(covers(BLOCK("...\nsrc:io.c:42\n")));
	assert_true(covers(BLOCK("...\nsrc:/src/*/io.c:42\n")));
	assert_false(covers(BLOCK("...\nsrc:io.c:43\n")));
}

static void test_valgrind_kinds(void **state)
{
	struct lr_leak leak = leak_of(frames, 4);

	(void)state;
	leak.kind = LS_KIND_DEFINITE;
	assert_true(covers_leak(BLOCK("match-leak-kinds: definite\n...\nfun:main\n"), &leak));
	assert_true(covers_leak(BLOCK("match-leak-kinds: reachable, definite\n...\nfun:main\n"),
				&leak));
	assert_false(covers_leak(BLOCK("match-leak-kinds: reachable\n...\nfun:main\n"), &leak));
	assert_false(covers_leak(BLOCK("match-leak-kinds: none\n...\nfun:main\n"), &leak));
	leak.kind = LS_KIND_UNCLASSIFIED; /* may be any of them */
	assert_true(covers_leak(BLOCK("match-leak-kinds: reachable\n...\nfun:main\n"), &leak));
	assert_false(covers_leak(BLOCK("match-leak-kinds: none\n...\nfun:main\n"), &leak));
	leak.kind = LS_KIND_DEVICE;
	leak.memory = LS_MEM_DEVICE;
	assert_false(covers_leak(BLOCK("match-leak-kinds: definite\n...\nfun:main\n"), &leak));
	assert_true(covers_leak(BLOCK("...\nfun:main\n"), &leak));
}

static void test_valgrind_new(void **state)
{
	struct lr_frame list[] = {
		{.function = "operator new(unsigned long)", .module = "/lib/libstdc++.so.6"},
		{.function = "make()", .module = "/usr/bin/app"}};
	struct lr_leak leak = leak_of(list, 2);

	(void)state;
	assert_true(covers_leak(BLOCK("fun:_Znwm\nfun:_Z4makev\n"), &leak));
	assert_true(covers_leak(BLOCK("fun:_Znw*\nfun:make\n"), &leak));
	assert_false(covers_leak(BLOCK("fun:_Zna*\nfun:make\n"), &leak));
	assert_false(covers_leak(BLOCK("fun:malloc\nfun:make\n"), &leak));
}

static void test_valgrind_files(void **state)
{
	(void)state;
	/* Other tools and kinds are passed over, whatever they hold. */
	assert_true(covers(
		"{\n n\n Helgrind:Race\n fun:x\n junk here\n}\n{\n n\n Memcheck:Param\n write(buf)\n obj:*\n}\n"
		"# a comment\n{\n  # inside\n  n\n  drd,Memcheck:Leak\n  ...\n  fun:main\n}\nleak:zzz\n"));
	assert_false(covers("{\n n\n Memcheck:Cond\n ...\n fun:main\n}\n"));
	refused(BLOCK("fun:malloc\n") "{\n n\n Memcheck:Leak\n fun:a\n",
		"t.supp:6: the block is not closed");
	refused("{\n}\n", "t.supp:2: the block has no name");
	refused("{\n n\n nonsense\n fun:a\n}\n", "t.supp:3: 'nonsense' is no TOOL:KIND");
	refused(BLOCK("func:a\n"), "t.supp:4: 'func:a' is no frame");
	refused(BLOCK("match-leak-kinds: sure\nfun:a\n"), "t.supp:4: 'sure' is no leak kind");
	refused(BLOCK("...\n"), "t.supp:1: the block names no frame");
	refused("{ n\n", "t.supp:1: '{' must stand alone");
}

static void test_counts(void **state)
{
	static const char text[] = "leak:never\nleak:read_block\nleak:main\n";
	struct lr_suppressions *s = lr_suppressions_new();
	struct lr_leak leak = leak_of(frames, 4);
	struct lr_suppression_use use;
	struct lr_error err;

	(void)state;
	assert_int_equal(lr_suppressions_add_text(s, "t.supp", text, sizeof(text) - 1, &err), 0);
	assert_string_equal(lr_suppressions_match(s, &leak), "leak:read_block");
	assert_string_equal(lr_suppressions_match(s, &leak), "leak:read_block");
	use = lr_suppressions_use(s, 1);
	assert_int_equal(use.leaks, 2);
	assert_int_equal(use.blocks, 6);
	assert_int_equal(use.bytes, 192);
	assert_string_equal(use.origin, "t.supp:2");
	assert_int_equal(lr_suppressions_use(s, 0).leaks, 0);
	assert_int_equal(lr_suppressions_use(s, 2).leaks, 0); /* the first rule took it */
	lr_suppressions_free(s);
}

static const char *default_rule(struct lr_suppressions *s, struct lr_leak leak)
{
	return lr_suppressions_match(s, &leak);
}

static void test_defaults(void **state)
{
	struct lr_frame fc[] = {{.function = "FcInit", .module = "/usr/lib/libfontconfig.so.1"},
				{.function = "main", .module = "/usr/bin/app"}};
	struct lr_frame pattern[] = {
		{.function = "FcPatternCreate", .module = "/usr/lib/libfontconfig.so.1"},
		{.function = "main", .module = "/usr/bin/app"}};
	struct lr_frame driver[] = {{.module = "/usr/lib/x86_64-linux-gnu/libcuda.so.1"},
				    {.function = "main", .module = "/usr/bin/app"}};
	struct lr_frame upload[] = {
		{.function = "cuMemAlloc", .module = "/usr/lib/x86_64-linux-gnu/libcuda.so.1"},
		{.function = "main", .module = "/usr/bin/app"}};
	struct lr_frame callback[] = {{.function = "on_done", .module = "/usr/bin/app"},
				      {.module = "/usr/lib/x86_64-linux-gnu/libcuda.so.1"}};
	struct lr_frame pool[] = {
		{.module = "/lib/x86_64-linux-gnu/libstdc++.so.6"},
		{.function = "call_init", .module = "/lib64/ld-linux-x86-64.so.2"}};
	struct lr_frame made[] = {
		{.function = "operator new(unsigned long)",
		 .module = "/lib/x86_64-linux-gnu/libstdc++.so.6"},
		{.function = "global", .module = "/usr/bin/app"},
		{.function = "call_init", .module = "/lib64/ld-linux-x86-64.so.2"}};
	struct lr_suppressions *s = lr_suppressions_new();
	struct lr_leak leak;

	(void)state;
	lr_suppressions_add_default(s);
	assert_true(lr_suppressions_count(s) > 20);
	for (size_t i = 0; i < lr_suppressions_count(s); i++) {
		assert_non_null(lr_suppressions_use(s, i).why);
		assert_string_equal(lr_suppressions_use(s, i).origin, "built-in");
	}
	assert_non_null(default_rule(s, leak_of(fc, 2)));
	assert_null(default_rule(s, leak_of(pattern, 2))); /* the caller's to free */
	assert_non_null(default_rule(s, leak_of(driver, 2)));
	assert_null(default_rule(s, leak_of(callback, 2)));
	assert_non_null(default_rule(s, leak_of(pool, 2)));
	assert_null(default_rule(s, leak_of(made, 3)));
	assert_null(default_rule(s, leak_of(frames, 4)));
	leak = leak_of(upload, 2);
	leak.memory = LS_MEM_DEVICE;
	leak.kind = LS_KIND_DEVICE;
	assert_null(default_rule(s, leak)); /* device memory is the program's */
	lr_suppressions_free(s);
}

static void test_written_form(void **state)
{
	static const char text[] = "leak:^a$\n" BLOCK(
		"match-leak-kinds: definite,possible\nfun:malloc\n...\nobj:*/b.so\n");
	struct lr_suppressions *s = lr_suppressions_new(), *again = lr_suppressions_new();
	char *written = NULL, *rewritten = NULL;
	size_t size, resize;
	struct lr_error err = {""};
	FILE *out;

	(void)state;
	assert_int_equal(lr_suppressions_add_text(s, "t", text, sizeof(text) - 1, &err), 0);
	lr_suppressions_add_default(s);
	out = open_memstream(&written, &size);
	lr_suppressions_write(s, out);
	fclose(out);
	if (lr_suppressions_add_text(again, "w", written, size, &err) != 0)
		fail_msg("%s", err.text);
	assert_int_equal(lr_suppressions_count(again), lr_suppressions_count(s));
	out = open_memstream(&rewritten, &resize);
	lr_suppressions_write(again, out);
	fclose(out);
	assert_non_null(strstr(
		rewritten,
		"match-leak-kinds: definite,possible\n   fun:malloc\n   ...\n   obj:*/b.so\n"));
	free(written);
	free(rewritten);
	lr_suppressions_free(s);
	lr_suppressions_free(again);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lsan_patterns),  cmocka_unit_test(test_scope_and_module),
		cmocka_unit_test(test_lines),          cmocka_unit_test(test_valgrind_frames),
		cmocka_unit_test(test_valgrind_kinds), cmocka_unit_test(test_valgrind_new),
		cmocka_unit_test(test_valgrind_files), cmocka_unit_test(test_counts),
		cmocka_unit_test(test_defaults),       cmocka_unit_test(test_written_form),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
