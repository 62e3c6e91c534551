/* SPDX-License-Identifier: MIT */
/*
 * The remembered directories: unique, bounded, the latest first, and silent where
 * they can't be remembered.
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

#include "registry.h"

static char home[] = "/tmp/leakscope-registry-XXXXXX";

static int make_home(void **state)
{
	(void)state;
	return mkdtemp(home) && setenv("HOME", home, 1) == 0 && unsetenv("XDG_STATE_HOME") == 0
		       ? 0
		       : -1;
}

static int remove_home(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -r '%s'", home);
	return system(command);
}

static const char *directory(const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", home, name);
	mkdir(path, 0700);
	return path;
}

/* What is remembered, names only: "b a ". */
static char seen[8192];

static void see(void *context, const char *dir)
{
	size_t *count = context;

	(*count)++;
	assert_int_equal(strncmp(dir, home, strlen(home)), 0);
	strcat(strcat(seen, strrchr(dir, '/') + 1), " ");
}

static size_t look(void)
{
	size_t count = 0;

	seen[0] = '\0';
	lr_registry_each(see, &count);
	return count;
}

static void test_nothing_yet(void **state)
{
	(void)state;
	assert_int_equal(look(), 0);
	lr_registry_remember("/no/such/directory");
	assert_int_equal(look(), 0);
}

static void test_latest_first_and_unique(void **state)
{
	(void)state;
	lr_registry_remember(directory("a"));
	lr_registry_remember(directory("b"));
	lr_registry_remember(directory("c with space"));
	lr_registry_remember(directory("a"));
	lr_registry_remember(directory("a"));
	assert_int_equal(look(), 3);
	assert_string_equal(seen, "a c with space b ");
	/* By whatever name it is given. */
	assert_int_equal(chdir(home), 0);
	lr_registry_remember("./b/../b");
	assert_int_equal(look(), 3);
	assert_string_equal(seen, "b a c with space ");
	lr_registry_remember(directory("new\nline"));
	assert_int_equal(look(), 3);
}

static void test_bounded(void **state)
{
	char name[16];

	(void)state;
	for (int i = 0; i < LR_REGISTRY_MAX + 10; i++) {
		snprintf(name, sizeof(name), "d%d", i);
		lr_registry_remember(directory(name));
	}
	assert_int_equal(look(), LR_REGISTRY_MAX);
	assert_int_equal(strncmp(seen, "d73 d72 ", 8), 0);
	assert_null(strstr(seen, "d9 "));
}

static void test_state_home(void **state)
{
	char path[300];

	(void)state;
	setenv("XDG_STATE_HOME", directory("state"), 1);
	assert_int_equal(look(), 0);
	lr_registry_remember(directory("a"));
	assert_int_equal(look(), 1);
	snprintf(path, sizeof(path), "%s/state/leakscope/dirs", home);
	assert_int_equal(access(path, R_OK), 0);
	setenv("XDG_STATE_HOME", "relative/is/ignored", 1);
	assert_int_equal(look(), LR_REGISTRY_MAX);
	unsetenv("XDG_STATE_HOME");
}

static void test_no_place(void **state)
{
	(void)state;
	setenv("HOME", "/dev/null", 1);
	lr_registry_remember("/");
	assert_int_equal(look(), 0);
	unsetenv("HOME");
	lr_registry_remember("/");
	assert_int_equal(look(), 0);
	setenv("HOME", home, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_yet), cmocka_unit_test(test_latest_first_and_unique),
		cmocka_unit_test(test_bounded),     cmocka_unit_test(test_state_home),
		cmocka_unit_test(test_no_place),
	};

	return cmocka_run_group_tests(tests, make_home, remove_home);
}
