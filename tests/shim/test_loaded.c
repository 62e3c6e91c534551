/* SPDX-License-Identifier: MIT */
/*
 * Look-ups in the tables of what is loaded, against dlsym's: in libc, in libraries with
 * either kind of hash table, in those that have no such name.
 */
#include <dlfcn.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "loaded.h"

/* What libraries of this test define; their names differ in every place of the tables. */
#define FUNCTIONS 300

struct wanted {
	const char *library, *name;
	void *found;
	const char *named;
	unsigned seen;
};

static bool look(const struct ls_loaded *o, void *arg)
{
	struct wanted *w = arg;
	if (!ls_loaded_is(o, w->library))
		return false;
	w->seen++;
	w->found = ls_loaded_function(o, w->name);
	w->named = w->found ? ls_loaded_name(o, (uintptr_t)w->found) : NULL;
	return true;
}

static struct wanted find(const char *library, const char *name)
{
	struct wanted w = {library, name, NULL, NULL, 0};
	ls_loaded_each(look, &w);
	return w;
}

static void check_same(void *handle, const char *library, const char *name)
{
	struct wanted w = find(library, name);
	assert_int_equal(w.seen, 1);
	assert_ptr_equal(w.found, dlsym(handle, name));
	assert_non_null(w.found);
	/* perhaps by another name of the same function */
	assert_non_null(w.named);
	assert_ptr_equal(dlsym(handle, w.named), w.found);
}

static void test_libc(void **state)
{
	static const char *const names[] = {"qsort",  "dlsym",  "pthread_create", "open",
					    "printf", "getenv", "fopen",          "regexec"};
	void *libc = dlopen("libc.so.6", RTLD_NOW | RTLD_NOLOAD);
	(void)state;
	assert_non_null(libc);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		check_same(libc, "libc.so.6", names[i]);
	assert_null(find("libc.so.6", "there_is_none").found);
	assert_null(find("libc.so.6", "").found);
	/* data is none; what the processor chooses at load time isn't called by its address */
	assert_null(find("libc.so.6", "environ").found);
	assert_null(find("libc.so.6", "memcpy").found);
	assert_int_equal(find("libnothing.so", "qsort").seen, 0);
	dlclose(libc);
}

static void test_tables(void **state)
{
	static const char *const libraries[] = {"libloaded-gnu.so", "libloaded-sysv.so"};
	char name[32], path[4096];
	(void)state;
	for (size_t l = 0; l < 2; l++) {
		snprintf(path, sizeof path, "%s/%s", getenv("LOADED_LIBRARIES"), libraries[l]);
		void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
		if (!library)
			fail_msg("%s", dlerror());
		for (int i = 0; i < FUNCTIONS; i++) {
			snprintf(name, sizeof name, "loaded_%d", i);
			check_same(library, libraries[l], name);
			snprintf(name, sizeof name, "loaded_%d_", i);
			assert_null(find(libraries[l], name).found);
		}
		/* what it needs of others isn't its own */
		assert_null(find(libraries[l], "abort").found);
		assert_null(find(libraries[l], "loaded_hidden").found);
		assert_null(find(libraries[l], "loaded_old").found);
		assert_null(find(libraries[l], "loaded_data").found);
		dlclose(library);
		assert_int_equal(find(libraries[l], "loaded_1").seen, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_libc),
		cmocka_unit_test(test_tables),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
