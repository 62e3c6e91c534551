/* SPDX-License-Identifier: MIT */
/*
 * Baselines: what is read, what is refused and in which words, and that an update
 * changes no more than it must and never the wrong file.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "baseline.h"

#define A "0123456789abcdef0123456789abcdef"
#define B "fedcba9876543210fedcba9876543210"
#define C "00000000000000000000000000000001"
#define HEAD "leakscope-baseline 1\n"

static char directory[] = "/tmp/leakscope-baseline-XXXXXX";
static char path[256], link_path[256];

static int make_directory(void **state)
{
	(void)state;
	if (!mkdtemp(directory))
		return -1;
	snprintf(path, sizeof(path), "%s/baseline", directory);
	snprintf(link_path, sizeof(link_path), "%s/link", directory);
	return 0;
}

static int remove_directory(void **state)
{
	(void)state;
	unlink(path);
	unlink(link_path);
	return rmdir(directory); /* fails if a temporary file was left behind */
}

static void put_file(const char *text)
{
	FILE *out = fopen(path, "w");

	assert_non_null(out);
	fputs(text, out);
	assert_int_equal(fclose(out), 0);
}

static const char *get_file(void)
{
	static char text[8192];
	FILE *in = fopen(path, "r");
	size_t length;

	assert_non_null(in);
	length = fread(text, 1, sizeof(text) - 1, in);
	fclose(in);
	text[length] = '\0';
	return text;
}

static struct lr_baseline *parsed(const char *text)
{
	struct lr_baseline *b;
	struct lr_error err = {""};

	if (lr_baseline_parse("b.txt", text, strlen(text), &b, &err) != 0)
		fail_msg("refused: %s", err.text);
	return b;
}

static void refused(const char *text, const char *wanted)
{
	struct lr_baseline *b;
	struct lr_error err = {""};

	assert_int_equal(lr_baseline_parse("b.txt", text, strlen(text), &b, &err), -1);
	assert_null(b);
	if (!strstr(err.text, wanted))
		fail_msg("'%s' lacks '%s'", err.text, wanted);
}

static void test_read(void **state)
{
	struct lr_baseline *b =
		parsed(HEAD "# note\n\n"
			    "total host allocations=12 allocated_bytes=340 peak_bytes=56\n"
			    "leak " A " blocks=3 bytes=96 in /a: f < main  # ticket 7\r\n"
			    "leak " B " max=any\n"
			    "leak " C " blocks=1 max=5 in /: x\n");
	const struct lr_accepted *leak;

	(void)state;
	assert_int_equal(lr_baseline_count(b), 3);
	leak = lr_baseline_find(b, A);
	assert_non_null(leak);
	assert_int_equal(leak->blocks, 3);
	assert_int_equal(leak->bytes, 96);
	assert_int_equal(lr_accepted_blocks(leak), 3);
	assert_true(lr_accepted_blocks(lr_baseline_find(b, B)) == LR_BASELINE_ANY);
	assert_int_equal(lr_accepted_blocks(lr_baseline_find(b, C)), 5);
	assert_null(lr_baseline_find(b, "00000000000000000000000000000002"));
	assert_true(lr_baseline_totals(b)[LS_MEM_HOST].set);
	assert_false(lr_baseline_totals(b)[LS_MEM_DEVICE].set);
	assert_int_equal(lr_baseline_totals(b)[LS_MEM_HOST].peak_bytes, 56);
	lr_baseline_free(b);
}

static void test_refused(void **state)
{
	(void)state;
	refused("", "'b.txt' is no leakscope baseline");
	refused("int main(void)\n{\n", "'b.txt' is no leakscope baseline");
	refused("leakscope-baseline 2\n", "version 2");
	refused(HEAD "leak 123 blocks=1\n", "b.txt:2: '123' is not understood");
	refused(HEAD "leak " A "0 blocks=1\n", "b.txt:2:");
	refused(HEAD "leak " A "\n", "b.txt:2: how much of the leak is accepted?");
	refused(HEAD "leak " A " blocks=x\n", "b.txt:2: blocks= takes a whole number");
	refused(HEAD "leak " A " blocks=-1\n", "b.txt:2: blocks=");
	refused(HEAD "leak " A " blocks=99999999999999999999\n", "b.txt:2: blocks=");
	refused(HEAD "leak " A " blocks=1 depth=3\n", "b.txt:2: 'depth=3' is not understood");
	refused(HEAD "leak " A " blocks=1\n#\nleak " A " blocks=1\n",
		"b.txt:4: this leak is already listed in line 2");
	refused(HEAD "<<<<<<< ours\n", "b.txt:2: '<<<<<<<' is not understood");
	refused(HEAD "total disk peak_bytes=1\n", "b.txt:2: 'disk' is not understood");
	refused(HEAD "total host peak_bytes=1\ntotal host peak_bytes=2\n", "b.txt:3:");
	refused(HEAD "\x01\n", "b.txt:2: a control character");
}

static int write_file(const struct lr_baseline *old, const struct lr_found *found, size_t count,
		      struct lr_error *err)
{
	struct lr_baseline_total totals[LS_MEM_COUNT] = {
		[LS_MEM_HOST] = {
			.set = true, .allocations = 9, .allocated_bytes = 90, .peak_bytes = 50}};

	err->text[0] = '\0';
	return lr_baseline_write(path, old, found, count, totals, err);
}

static const struct lr_found found[] = {
	{A, 4, 128, "in /a: f < main"}, {B, 1, 8, "in /: {closure #0}"}, {C, 2, 16, "in /z: g"}};

static void test_new_file(void **state)
{
	struct lr_baseline *b;
	struct lr_error err;
	struct stat st;

	(void)state;
	umask(022);
	unlink(path);
	assert_int_equal(write_file(NULL, found, 3, &err), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0644);
	assert_int_equal(lr_baseline_read(path, &b, &err), 0);
	assert_int_equal(lr_baseline_count(b), 3);
	assert_int_equal(lr_baseline_find(b, A)->blocks, 4);
	assert_int_equal(lr_baseline_totals(b)[LS_MEM_HOST].allocations, 9);
	lr_baseline_free(b);
	assert_non_null(strstr(get_file(), "leak " A " blocks=4 bytes=128 in /a: f < main\n"));
	/* A file that is there and wasn't read is never replaced. */
	put_file("precious\n");
	assert_int_equal(write_file(NULL, found, 3, &err), -1);
	assert_string_equal(get_file(), "precious\n");
	unlink(path);
}

static void test_update(void **state)
{
	struct lr_baseline *b;
	struct lr_error err;
	struct stat st;

	(void)state;
	put_file(HEAD "# header comment\n"
		      "total host allocations=1 allocated_bytes=1 peak_bytes=1\n"
		      "\n"
		      "# about b\n"
		      "leak " B " blocks=7 bytes=70 max=any in /old: words  # ticket 7 # and 8\n"
		      "leak " A " blocks=1 bytes=32 in /a: f\n"
		      "leak 00000000000000000000000000000009 blocks=1 bytes=1 in /gone: g\n"
		      "leak 00000000000000000000000000000008 max=any in /rare: h\n"
		      "# end\n");
	chmod(path, 0640);
	assert_int_equal(lr_baseline_read(path, &b, &err), 0);
	assert_int_equal(write_file(b, found, 3, &err), 0);
	lr_baseline_free(b);
	assert_string_equal(get_file(), HEAD
			    "# header comment\n"
			    "total host allocations=9 allocated_bytes=90 peak_bytes=50\n"
			    "\n"
			    "# about b\n"
			    "leak " B
			    " blocks=1 bytes=8 max=any in /: {closure %230}  # ticket 7 # and 8\n"
			    "leak " A " blocks=4 bytes=128 in /a: f < main\n"
			    "leak 00000000000000000000000000000008 max=any in /rare: h\n"
			    "# end\n"
			    "leak " C " blocks=2 bytes=16 in /z: g\n");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0640);
	/* Once more: nothing changes. */
	{
		char *before = strdup(get_file());

		assert_int_equal(lr_baseline_read(path, &b, &err), 0);
		assert_int_equal(write_file(b, found, 3, &err), 0);
		lr_baseline_free(b);
		assert_string_equal(get_file(), before);
		free(before);
	}
}

static void test_link_stays(void **state)
{
	struct lr_baseline *b;
	struct lr_error err;
	struct stat st;
	struct lr_baseline_total totals[LS_MEM_COUNT] = {{0}};

	(void)state;
	put_file(HEAD);
	assert_int_equal(symlink("baseline", link_path), 0);
	assert_int_equal(lr_baseline_read(link_path, &b, &err), 0);
	assert_int_equal(lr_baseline_write(link_path, b, found, 1, totals, &err), 0);
	lr_baseline_free(b);
	assert_int_equal(lstat(link_path, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_non_null(strstr(get_file(), "leak " A));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read),       cmocka_unit_test(test_refused),
		cmocka_unit_test(test_new_file),   cmocka_unit_test(test_update),
		cmocka_unit_test(test_link_stays),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
