/* SPDX-License-Identifier: MIT */
/* Metrics, memory.log, the profile. */
#include "nd_test.h"

#include <pthread.h>
#include <unistd.h>

static void series(void **state)
{
	nd_metrics *metrics;
	double value;
	size_t count;
	char *text;

	OK(nd_metrics_new(&metrics));
	assert_false(nd_metrics_has(metrics, "loss"));
	FAILS(nd_metrics_latest(metrics, "loss", &value), ND_ERR_ARGUMENT, "no metric 'loss'");
	for (int i = 10; i >= 1; i--)
		OK(nd_metrics_add(metrics, "loss", i, "Count"));
	OK(nd_metrics_add(metrics, "rss", 5, "Bytes"));
	assert_true(nd_metrics_has(metrics, "loss"));
	OK(nd_metrics_latest(metrics, "loss", &value));
	assert_true(value == 1);
	OK(nd_metrics_mean(metrics, "loss", &value));
	assert_true(value == 5.5);
	OK(nd_metrics_count(metrics, "loss", &count));
	assert_int_equal(count, 10);
	OK(nd_metrics_percentile(metrics, "loss", 100, &value));
	assert_true(value == 10);
	OK(nd_metrics_percentile(metrics, "loss", 0, &value));
	assert_true(value == 1);
	OK(nd_metrics_percentile(metrics, "loss", 50, &value));
	assert_true(value == 5);
	OK(nd_metrics_percentile(metrics, "loss", 90.1, &value));
	assert_true(value == 10);
	FAILS(nd_metrics_percentile(metrics, "loss", 101, &value), ND_ERR_ARGUMENT, "101");
	/* Of a hundred points each whole percentage is one of them. */
	for (int i = 1; i <= 100; i++)
		OK(nd_metrics_add(metrics, "hundred", i, "Count"));
	for (int i = 1; i <= 100; i++) {
		OK(nd_metrics_percentile(metrics, "hundred", i, &value));
		assert_true(value == i);
	}
	FAILS(nd_metrics_add(metrics, "a|b", 1, "Count"), ND_ERR_ARGUMENT, "a|b");
	OK(nd_metrics_names(metrics, &text));
	assert_string_equal(text, "loss\nrss\nhundred\n");
	nd_free(text);
	nd_metrics_free(metrics);
}

/* A name counts as used when a number is there. */
static void no_memory(void **state)
{
	nd_metrics *metrics;
	char *text;
	nd_status status;
	int n = 0;

	OK(nd_metrics_new(&metrics));
	do {
		nd_test_fail_allocation((uint64_t)++n);
		status = nd_metrics_add(metrics, "loss", 1, "Count");
		nd_test_fail_allocation(0);
		OK(nd_metrics_names(metrics, &text));
		assert_string_equal(text, status ? "" : "loss\n");
		nd_free(text);
	} while (status);
	assert_true(n > 2);
	nd_metrics_free(metrics);
}

static int reached;

static void at_limit(void *context, nd_metrics *metrics, const char *name)
{
	size_t count;

	OK(nd_metrics_count(metrics, name, &count));
	assert_int_equal(count, 3);
	reached++;
}

static void limit(void **state)
{
	nd_metrics *metrics;
	size_t count;

	OK(nd_metrics_new(&metrics));
	OK(nd_metrics_set_limit(metrics, 3, at_limit, NULL));
	reached = 0;
	for (int i = 0; i < 8; i++)
		OK(nd_metrics_add(metrics, "x", i, "Count"));
	assert_int_equal(reached, 2);
	OK(nd_metrics_count(metrics, "x", &count));
	assert_int_equal(count, 2);
	nd_metrics_free(metrics);
}

static void collects_only_when_on(void **state)
{
	nd_metrics *metrics;
	double before, after;
	void *block;

	OK(nd_metrics_new(&metrics));
	nd_memory_set_collect(false);
	OK(nd_memory_collect(metrics));
	assert_false(nd_metrics_has(metrics, "rss"));
	nd_memory_set_collect(true);
	OK(nd_memory_collect(metrics));
	OK(nd_metrics_latest(metrics, "Heap", &before));
	block = malloc(3 << 20);
	assert_non_null(block);
	memset(block, 1, 3 << 20);
	OK(nd_memory_collect(metrics));
	OK(nd_metrics_latest(metrics, "Heap", &after));
	free(block);
	assert_true(getenv("LEAKSCOPE_TEST_SANITIZED") || after - before >= 3 << 20);
	assert_true(nd_metrics_has(metrics, "cpu") && nd_metrics_has(metrics, "NonHeap"));
	OK(nd_metrics_latest(metrics, "rss", &after));
	assert_true(after > 1 << 20);
	FAILS(nd_collect_metric(metrics, 0, "GPU-0"), ND_ERR_ARGUMENT, "GPU-0");
	nd_metrics_free(metrics);
}

static void log_is_read_back(void **state)
{
	char directory[] = "/tmp/nd-metrics-XXXXXX", path[64], line[256];
	static const char *const names[] = {"cpu", "rss.peak", "cpu", "rss.peak"};
	static const double values[] = {1.5, 4096, -0.1, 1e300};
	nd_metrics *metrics;
	nd_log_line read;
	FILE *file;
	int i;

	assert_non_null(mkdtemp(directory));
	snprintf(path, sizeof path, "%s/memory.log", directory);
	OK(nd_metrics_new(&metrics));
	for (i = 0; i < 4; i++) {
		OK(nd_metrics_add_dimension(metrics, names[i], values[i],
					    i % 2 ? "Bytes" : "Percent", i % 2 ? NULL : "Host",
					    i % 2 ? NULL : "me:1"));
		if (i == 1)
			OK(nd_memory_dump(metrics, directory));
	}
	OK(nd_memory_dump(metrics, directory));
	OK(nd_memory_dump(metrics, directory)); /* nothing new */
	file = fopen(path, "r");
	assert_non_null(file);
	for (i = 0; fgets(line, sizeof line, file); i++) {
		assert_true(i < 4);
		OK(nd_log_parse(line, &read));
		assert_string_equal(read.name, names[i]);
		assert_string_equal(read.unit, i % 2 ? "Bytes" : "Percent");
		assert_true(read.value == values[i]);
		assert_string_equal(read.dimensions, i % 2 ? "" : "Host:me:1");
		assert_true(read.timestamp > 1600000000);
		assert_int_equal(read.type, 'g');
	}
	assert_int_equal(i, 4);
	fclose(file);
	unlink(path);
	rmdir(directory);
	FAILS(nd_memory_dump(metrics, directory), ND_OK, ""); /* nothing new, nothing opened */
	OK(nd_metrics_add(metrics, "x", 1, "Count"));
	FAILS(nd_memory_dump(metrics, directory), ND_ERR_IO, "memory.log");
	nd_metrics_free(metrics);
	FAILS(nd_log_parse("nothing", &read), ND_ERR_FORMAT, "no ':'");
	FAILS(nd_log_parse("a.b:x|#|1|c", &read), ND_ERR_FORMAT, "no number");
	FAILS(nd_log_parse("a.b:1|#|1|", &read), ND_ERR_FORMAT, "no type");
	OK(nd_log_parse("cpu.Percent:1.0|#Host:h,Level:x|1700000000|c", &read));
	assert_string_equal(read.dimensions, "Host:h,Level:x");
}

static void profile(void **state)
{
	char path[] = "/tmp/nd-profile-XXXXXX", text[4096];
	nd_manager *base = new_base("p");
	nd_array *array, *out;
	int fd = mkstemp(path);
	size_t size;
	FILE *file;

	assert_true(fd >= 0);
	close(fd);
	OK(nd_profile_start(path));
	FAILS(nd_profile_start(path), ND_ERR_ARGUMENT, "is being written");
	array = ones(base);
	OK(nd_matmul(array, array, &out) == ND_ERR_SHAPE ? ND_OK : ND_ERR_IO);
	OK(nd_add(array, array, &out));
	OK(nd_array_close(out));
	OK(nd_manager_close(base));
	OK(nd_profile_stop());
	FAILS(nd_profile_stop(), ND_ERR_ARGUMENT, "no profile");
	file = fopen(path, "r");
	size = fread(text, 1, sizeof text - 1, file);
	text[size] = '\0';
	fclose(file);
	unlink(path);
	assert_non_null(strstr(text, "\"name\":\"process_name\",\"ph\":\"M\""));
	assert_non_null(strstr(text, "\"args\":{\"name\":\"nd-test-metrics\"}"));
	assert_non_null(strstr(text, "\"name\":\"add\",\"ph\":\"X\""));
	assert_non_null(
		strstr(text, "\"shapes\":\"(2,3)f32 (2,3)f32\",\"scope\":\"/p\",\"bytes\":24"));
	assert_non_null(strstr(text, "\"bytes\":-24"));
	assert_non_null(strstr(text, "\"manager_close\""));
	assert_null(strstr(text, "matmul"));
	assert_string_equal(text + size - 4, "\n]}\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(series),
		cmocka_unit_test(no_memory),
		cmocka_unit_test(limit),
		cmocka_unit_test(collects_only_when_on),
		cmocka_unit_test(log_is_read_back),
		cmocka_unit_test(profile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
