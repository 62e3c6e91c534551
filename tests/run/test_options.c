/* SPDX-License-Identifier: MIT */
/*
 * LEAKSCOPE_OPTIONS as the launcher reads, checks and writes it; where
 * recordings go; the environment of the program.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "launch_env.h"
#include "launch_options.h"

static char warnings[4096];
static int warning_count;

static void warn(void *context, const char *line)
{
	assert_ptr_equal(context, warnings);
	assert_null(strchr(line, '\n'));
	snprintf(warnings, sizeof warnings, "%s", line);
	warning_count++;
}

static void parse(struct launch_options *o, const char *text)
{
	memset(o, 0, sizeof *o);
	*warnings = '\0';
	warning_count = 0;
	assert_int_equal(launch_options_parse(o, text, warn, warnings), 0);
}

static void assert_written(const struct launch_options *o, const char *expected)
{
	struct lr_error err = {""};
	char *text = launch_options_format(o, &err);

	assert_non_null(text);
	assert_string_equal(text, expected);
	free(text);
}

static void pairs_are_read(void **state)
{
	struct launch_options o;

	(void)state;
	parse(&o, "depth=32:dir=\"/a:b\":sample=4K::scan=0");
	assert_int_equal(warning_count, 0);
	assert_string_equal(launch_options_get(&o, "depth"), "32");
	assert_string_equal(launch_options_get(&o, "dir"), "/a:b");
	assert_string_equal(launch_options_get(&o, "sample"), "4096");
	assert_string_equal(launch_options_get(&o, "scan"), "0");
	assert_null(launch_options_get(&o, "store"));
	assert_written(&o, "depth=32:dir=\"/a:b\":sample=4096:scan=0");
	launch_options_clear(&o);
	assert_null(launch_options_get(&o, "depth"));
	parse(&o, NULL);
	assert_written(&o, "");
	launch_options_clear(&o);
}

static void the_last_of_a_key_counts(void **state)
{
	struct launch_options o;

	(void)state;
	parse(&o, "depth=32:scan=1:depth=8");
	assert_written(&o, "scan=1:depth=8");
	assert_int_equal(launch_options_set(&o, "scan", "0"), 0);
	assert_written(&o, "depth=8:scan=0");
	assert_int_equal(launch_options_set(&o, "depth", NULL), 0);
	assert_written(&o, "scan=0");
	launch_options_clear(&o);
}

static void unknown_keys_are_named_and_dropped(void **state)
{
	struct launch_options o;

	(void)state;
	parse(&o, "detph=32:verbose=1");
	assert_int_equal(warning_count, 1);
	assert_non_null(strstr(warnings, "'detph'"));
	assert_non_null(strstr(warnings,
			       "known keys: dir, store, report, reporter, scope_report, "
			       "sample, depth, exitcode, suppressions, children, scan, inherit, "
			       "verify_unwind, verbose, nvtx, timeline_ms"));
	assert_written(&o, "verbose=1");
	launch_options_clear(&o);
}

static void bad_values_are_named_and_dropped(void **state)
{
	static const char *const bad[] = {
		"depth=0",       "depth=1025",
		"depth=-1",      "depth=9x",
		"depth=",        "depth",
		"sample=-1",     "sample=1T",
		"sample=K",      "exitcode=256",
		"children=some", "scan=2",
		"timeline_ms=x", "nvtx=maybe",
		"dir=",          "sample=99999999999999999999",
		"verbose=10",    "sample=9999999999G",
	};
	struct launch_options o;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		char key[32];

		parse(&o, bad[i]);
		assert_int_equal(warning_count, 1);
		snprintf(key, sizeof key, "%.*s=", (int)strcspn(bad[i], "="), bad[i]);
		assert_non_null(strstr(warnings, key));
		assert_written(&o, "");
		launch_options_clear(&o);
	}
}

static void good_values_are_taken(void **state)
{
	static const char *const good[] = {
		"depth=1",
		"depth=1024",
		"sample=0",
		"sample=512",
		"exitcode=0",
		"exitcode=255",
		"children=all",
		"children=no",
		"scan=yes",
		"timeline_ms=1000",
		"nvtx=off",
		"report=none",
		"scope_report=stderr",
		"verify_unwind=true",
		"timeline_ms=0",
	};
	struct launch_options o;

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		parse(&o, good[i]);
		assert_int_equal(warning_count, 0);
		assert_written(&o, good[i]);
		launch_options_clear(&o);
	}
}

static void a_quote_in_a_value_is_refused(void **state)
{
	struct launch_options o = {0};
	struct lr_error err = {""};

	(void)state;
	assert_int_equal(launch_options_set(&o, "dir", "/a\"b"), 0);
	assert_null(launch_options_format(&o, &err));
	assert_non_null(strstr(err.text, "/a\"b"));
	launch_options_clear(&o);
}

/* A fresh working directory for each test of places. */
static int enter_directory(void **state)
{
	char *name = strdup("/tmp/leakscope-test-XXXXXX");

	*state = name;
	return !name || !mkdtemp(name) || chdir(name);
}

static int leave_directory(void **state)
{
	char command[256];

	snprintf(command, sizeof command, "rm -rf '%s'", (char *)*state);
	free(*state);
	return chdir("/") || system(command);
}

static void the_working_directory_is_the_default(void **state)
{
	struct launch_place place;
	struct lr_error err = {""};

	assert_int_equal(launch_place_find(&place, NULL, &err), 0);
	assert_string_equal(place.dir, *state);
	assert_string_equal(place.out, "");
}

static void a_directory_takes_the_recordings_inside(void **state)
{
	struct launch_place place;
	struct lr_error err = {""};
	char expected[256];

	assert_int_equal(mkdir("there", 0777), 0);
	snprintf(expected, sizeof expected, "%s/there", (char *)*state);
	assert_int_equal(launch_place_find(&place, "there", &err), 0);
	assert_string_equal(place.dir, expected);
	assert_string_equal(place.out, "");
	assert_int_equal(launch_place_find(&place, "there/", &err), 0);
	assert_string_equal(place.dir, expected);
}

static void a_missing_directory_is_made(void **state)
{
	struct launch_place place;
	struct lr_error err = {""};
	char expected[256];

	snprintf(expected, sizeof expected, "%s/new/deep", (char *)*state);
	assert_int_equal(launch_place_find(&place, "new/deep//", &err), 0);
	assert_string_equal(place.dir, expected);
	assert_string_equal(place.out, "");
	assert_int_equal(access("new/deep", W_OK | X_OK), 0);
}

static void another_path_is_the_recording_itself(void **state)
{
	struct launch_place place;
	struct lr_error err = {""};
	char expected[256];

	assert_int_equal(mkdir("there", 0777), 0);
	snprintf(expected, sizeof expected, "%s/there/x.rec", (char *)*state);
	assert_int_equal(launch_place_find(&place, "there/../there/x.rec", &err), 0);
	assert_string_equal(place.out, expected);
	expected[strlen(expected) - strlen("/x.rec")] = '\0';
	assert_string_equal(place.dir, expected);
}

static void bad_places_are_refused(void **state)
{
	static const char *const bad[] = {"", "missing/x.rec", "/dev/null", "file/x", "file/"};
	struct launch_place place;

	(void)state;
	assert_int_equal(system("echo kept >file"), 0);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct lr_error err = {""};

		assert_int_equal(launch_place_find(&place, bad[i], &err), -1);
		assert_non_null(strstr(err.text, "-o"));
		assert_non_null(strstr(err.text, bad[i]));
		assert_null(strchr(err.text, '\n'));
	}
	assert_int_equal(system("test \"$(cat file)\" = kept"), 0);
}

static void the_environment_says_it_all(void **state)
{
	struct launch_env env = {
		.shim = "/lib/libleakscope.so", .session = "0123abcd", .preload = true};

	(void)state;
	snprintf(env.place.out, sizeof env.place.out, "/a:b/x.rec");
	assert_int_equal(launch_options_set(&env.options, "dir", "/a:b"), 0);
	unsetenv("LD_PRELOAD");
	assert_int_equal(launch_env_apply(&env, 4711), 0);
	assert_string_equal(getenv("LD_PRELOAD"), "/lib/libleakscope.so");
	assert_string_equal(getenv("LEAKSCOPE_OPTIONS"), "dir=\"/a:b\"");
	assert_string_equal(getenv("LEAKSCOPE_RUN"),
			    "session=0123abcd:root=4711:out=\"/a:b/x.rec\"");
	assert_null(getenv("PYTORCH_NO_CUDA_MEMORY_CACHING"));
	/* Others that are preloaded stay, ours comes first, and only once. */
	setenv("LD_PRELOAD", "/x.so:/y.so", 1);
	*env.place.out = '\0';
	env.torch_no_cache = true;
	assert_int_equal(launch_env_apply(&env, 4712), 0);
	assert_string_equal(getenv("LD_PRELOAD"), "/lib/libleakscope.so:/x.so:/y.so");
	assert_string_equal(getenv("LEAKSCOPE_RUN"), "session=0123abcd:root=4712");
	assert_string_equal(getenv("PYTORCH_NO_CUDA_MEMORY_CACHING"), "1");
	assert_int_equal(launch_env_apply(&env, 4713), 0);
	assert_string_equal(getenv("LD_PRELOAD"), "/lib/libleakscope.so:/x.so:/y.so");
	env.preload = false;
	setenv("LD_PRELOAD", "/x.so", 1);
	assert_int_equal(launch_env_apply(&env, 4714), 0);
	assert_string_equal(getenv("LD_PRELOAD"), "/x.so");
	unsetenv("LD_PRELOAD"); /* it would go to every program started from here */
	launch_options_clear(&env.options);
}

static void sessions_differ(void **state)
{
	char a[33], b[33];

	(void)state;
	launch_session_new(a);
	launch_session_new(b);
	assert_int_equal(strlen(a), 32);
	assert_int_equal(strspn(a, "0123456789abcdef"), 32);
	assert_string_not_equal(a, b);
}

#define place_test(f) cmocka_unit_test_setup_teardown(f, enter_directory, leave_directory)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pairs_are_read),
		cmocka_unit_test(the_last_of_a_key_counts),
		cmocka_unit_test(unknown_keys_are_named_and_dropped),
		cmocka_unit_test(bad_values_are_named_and_dropped),
		cmocka_unit_test(good_values_are_taken),
		cmocka_unit_test(a_quote_in_a_value_is_refused),
		place_test(the_working_directory_is_the_default),
		place_test(a_directory_takes_the_recordings_inside),
		place_test(a_missing_directory_is_made),
		place_test(another_path_is_the_recording_itself),
		place_test(bad_places_are_refused),
		cmocka_unit_test(the_environment_says_it_all),
		cmocka_unit_test(sessions_differ),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
