/* SPDX-License-Identifier: MIT */
/*
 * In a process whose locale writes a comma for the point, as programs of a desktop and the
 * JVM have it: what is printed, written and read is the same.  LOCPATH has the locale.
 */
#include "nd_test.h"

#include <locale.h>
#include <unistd.h>

static void expect_text(nd_array *array, const char *want)
{
	char *text;

	OK(nd_array_to_string(array, &text));
	assert_string_equal(text, want);
	nd_free(text);
}

static void text_has_points(void **state)
{
	const double values[] = {1.5, -0.25, 3}, wide[] = {1e-10, 2.5e20}, one = 0.5;
	nd_manager *base = new_base("l");
	nd_array *array;

	OK(nd_create(base, ND_F64, ND_SHAPE(3), values, sizeof values, &array));
	expect_text(array, "[ 1.5  -0.25  3.  ]");
	OK(nd_create(base, ND_F64, ND_SHAPE(2), wide, sizeof wide, &array));
	expect_text(array, "[1.0e-10 2.5e+20]");
	OK(nd_create(base, ND_F64, 0, NULL, &one, sizeof one, &array));
	expect_text(array, "0.5");
	OK(nd_manager_close(base));
}

static void log_has_points(void **state)
{
	char folder[] = "/tmp/nd-locale-XXXXXX", path[64], line[256];
	nd_metrics *metrics;
	nd_log_line read;
	FILE *file;

	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/memory.log", folder);
	OK(nd_metrics_new(&metrics));
	OK(nd_metrics_add(metrics, "cpu", 12.5, "Percent"));
	OK(nd_memory_dump(metrics, folder));
	nd_metrics_free(metrics);
	file = fopen(path, "r");
	assert_non_null(file);
	assert_non_null(fgets(line, sizeof line, file));
	fclose(file);
	assert_ptr_equal(strstr(line, "cpu.Percent:12.5|#"), line);
	OK(nd_log_parse(line, &read));
	assert_true(read.value == 12.5);
	unlink(path);
	rmdir(folder);
}

static void trace_has_points(void **state)
{
	char path[] = "/tmp/nd-locale-XXXXXX", text[4096], *times;
	nd_manager *base = new_base("l");
	nd_array *array;
	int fd = mkstemp(path);
	FILE *file;

	assert_true(fd >= 0);
	close(fd);
	OK(nd_profile_start(path));
	OK(nd_ones(base, ND_F32, ND_SHAPE(2), &array));
	OK(nd_profile_stop());
	OK(nd_manager_close(base));
	file = fopen(path, "r");
	text[fread(text, 1, sizeof text - 1, file)] = '\0';
	fclose(file);
	unlink(path);
	times = strstr(text, "\"ts\":");
	assert_non_null(times);
	times += strlen("\"ts\":");
	assert_int_equal(times[strspn(times, "0123456789")], '.');
}

static int begin(void **state)
{
	char number[16];

	if (!setlocale(LC_ALL, "de_DE.UTF-8")) {
		print_message("no locale de_DE.UTF-8 in LOCPATH\n");
		return -1;
	}
	snprintf(number, sizeof number, "%.1f", 0.5);
	return strcmp(number, "0,5") == 0 ? 0 : -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_has_points),
		cmocka_unit_test(log_has_points),
		cmocka_unit_test(trace_has_points),
	};

	return cmocka_run_group_tests_name("locale", tests, begin, NULL);
}
