/* SPDX-License-Identifier: MIT */
/*
 * NVIDIA's runtime library with the simulated driver: it looks everything up that
 * replay_lookups.h says, in that order, and no more; then it wants tables that only
 * NVIDIA's driver has, and says that it can't go on.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Of the library: its header is not needed for these two. */
extern int cudaGetDeviceCount(int *count);
extern int cudaDriverGetVersion(int *version);

static const char *const expected[] = {
#define L(name, version, flags) "lookup \"" name "\" " #version " " #flags "\n",
#include "replay_lookups.h"
#undef L
};
enum { EXPECTED = sizeof expected / sizeof *expected };

static char trace[] = "/tmp/simcuda-trace-XXXXXX";

static void looks_up_what_the_replay_does(void **state)
{
	(void)state;
	int count = -1, error = cudaGetDeviceCount(&count);
	assert_int_equal(error, 801); /* cudaErrorNotSupported */
	FILE *f = fopen(trace, "re");
	char line[256];
	size_t n = 0;
	assert_non_null(f);
	while (fgets(line, sizeof line, f)) {
		if (strncmp(line, "lookup ", 7))
			continue;
		assert_true(n < EXPECTED);
		assert_string_equal(line, expected[n]);
		n++;
	}
	fclose(f);
	assert_int_equal(n, EXPECTED);
}

static void knows_the_driver(void **state)
{
	(void)state;
	int version = 0;
	assert_int_equal(cudaDriverGetVersion(&version), 0);
	assert_int_equal(version, 13000);
}

int main(void)
{
	close(mkstemp(trace));
	setenv("SIMCUDA_TRACE", trace, 1);
	const struct CMUnitTest tests[] = {cmocka_unit_test(looks_up_what_the_replay_does),
					   cmocka_unit_test(knows_the_driver)};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(trace);
	return failed;
}
