/* SPDX-License-Identifier: MIT */
/* This process's memory and processor time as metrics; and memory.log, written and read. */
#include "device.h"
#include "kernels/numbers.h"
#include "metrics.h"

#include <errno.h>
#include <malloc.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static int collecting = -1; /* not asked yet */

void nd_memory_set_collect(bool on)
{
	__atomic_store_n(&collecting, on, __ATOMIC_RELAXED);
}

bool nd_memory_collecting(void)
{
	int on = __atomic_load_n(&collecting, __ATOMIC_RELAXED);

	if (on < 0) {
		const char *value = getenv("ND_COLLECT_MEMORY");

		on = value && !strcmp(value, "1");
		__atomic_store_n(&collecting, on, __ATOMIC_RELAXED);
	}
	return on;
}

/* Bytes of this process in physical memory; 0 if the kernel does not say. */
static double resident(void)
{
	FILE *file = fopen("/proc/self/statm", "re");
	unsigned long long pages, in_memory = 0;

	if (!file)
		return 0;
	if (fscanf(file, "%llu %llu", &pages, &in_memory) != 2)
		in_memory = 0;
	fclose(file);
	return (double)in_memory * (double)sysconf(_SC_PAGESIZE);
}

/* Percent of one processor since the last time (0 the first time). */
static double processor(nd_metrics *metrics)
{
	struct rusage usage;
	uint64_t now = ndi_now_ns(), used;
	double percent = 0;

	getrusage(RUSAGE_SELF, &usage);
	used = (uint64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000000U +
	       (uint64_t)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1000U;
	pthread_mutex_lock(&metrics->lock);
	if (metrics->cpu_at_ns && now > metrics->cpu_at_ns)
		percent = 100.0 * (double)(used - metrics->cpu_ns) /
			  (double)(now - metrics->cpu_at_ns);
	metrics->cpu_ns = used;
	metrics->cpu_at_ns = now;
	pthread_mutex_unlock(&metrics->lock);
	return percent;
}

nd_status nd_memory_collect(nd_metrics *metrics)
{
	struct mallinfo2 heap;
	double rss, other;
	nd_status status;
	int i;

	if (!metrics)
		return ndi_fail(ND_ERR_ARGUMENT, "memory_collect: no metrics");
	if (!nd_memory_collecting())
		return ND_OK;
	rss = resident();
	heap = mallinfo2();
	other = rss - (double)(heap.arena + heap.hblkhd);
	if ((status = nd_metrics_add(metrics, "cpu", processor(metrics), "Percent")) ||
	    (status = nd_metrics_add(metrics, "rss", rss, "Bytes")) ||
	    (status = nd_metrics_add(metrics, "Heap", (double)(heap.uordblks + heap.hblkhd),
				     "Bytes")) ||
	    (status = nd_metrics_add(metrics, "NonHeap", other > 0 ? other : 0, "Bytes")))
		return status;
	for (i = 0; i < ndi_device_gpu.count_used(); i++) {
		char name[32];

		snprintf(name, sizeof name, "GPU-%d", i);
		status = nd_metrics_add(metrics, name, (double)ndi_device_gpu.in_use(i), "Bytes");
		if (status)
			return status;
	}
	return ND_OK;
}

nd_status nd_collect_metric(nd_metrics *metrics, double baseline, const char *name)
{
	double value;
	nd_status status = nd_metrics_latest(metrics, name, &value);

	if (status)
		return status;
	/* Adding 0 makes a negative zero positive. */
	printf("%s: %+.0f KB\n", name, rint((value - baseline) / 1024) + 0.0);
	return ND_OK;
}

struct line {
	const struct ndi_series *series;
	struct ndi_point *point;
};

static int by_sequence(const void *a, const void *b)
{
	uint64_t x = ((const struct line *)a)->point->sequence;
	uint64_t y = ((const struct line *)b)->point->sequence;

	return (x > y) - (x < y);
}

/* The lines not yet dumped into TEXT, by time; *LAST is the latest one's sequence + 1. Locked. */
static bool new_lines(nd_metrics *metrics, struct ndi_text *text, uint64_t *last)
{
	const struct ndi_series *series;
	struct line *lines;
	size_t i, count = 0;
	locale_t before;

	for (series = metrics->first; series; series = series->next) {
		for (i = 0; i < series->count; i++)
			count += !series->points[i].dumped;
	}
	*last = metrics->sequence;
	if (!count)
		return true;
	lines = ndi_alloc(count * sizeof *lines);
	if (!lines)
		return false;
	count = 0;
	for (series = metrics->first; series; series = series->next) {
		for (i = 0; i < series->count; i++) {
			if (!series->points[i].dumped)
				lines[count++] = (struct line){series, &series->points[i]};
		}
	}
	qsort(lines, count, sizeof *lines, by_sequence);
	before = ndk_numbers_begin();
	for (i = 0; i < count; i++) {
		const struct ndi_point *point = lines[i].point;

		ndi_text_add(text, "%s.%s:%.17g|#", lines[i].series->name, point->unit,
			     point->value);
		if (point->dimension)
			ndi_text_add(text, "%s:%s", point->dimension,
				     point->dimension_value ? point->dimension_value : "");
		ndi_text_add(text, "|%lld|g\n", (long long)point->time);
	}
	ndk_numbers_end(before);
	ndi_release(lines);
	return !text->failed;
}

nd_status nd_memory_dump(nd_metrics *metrics, const char *directory)
{
	struct ndi_text text = {NULL, 0, 0, false}, path = {NULL, 0, 0, false};
	const struct ndi_series *series;
	uint64_t last = 0;
	nd_status status = ND_OK;
	FILE *file;
	bool bad;
	size_t i;

	if (!metrics || !directory)
		return ndi_fail(ND_ERR_ARGUMENT, "memory_dump: no metrics or no directory");
	ndi_text_bytes(&path, directory, strlen(directory));
	ndi_text_bytes(&path, "/memory.log", 11);
	pthread_mutex_lock(&metrics->lock);
	if (path.failed || !new_lines(metrics, &text, &last))
		status = ndi_no_memory("memory_dump", text.length);
	pthread_mutex_unlock(&metrics->lock);
	if (!status && text.length) {
		file = fopen(path.bytes, "ae");
		bad = !file || fwrite(text.bytes, 1, text.length, file) != text.length;
		if (file && fclose(file))
			bad = true;
		if (bad)
			status = ndi_fail(ND_ERR_IO, "memory_dump: %s: %s", path.bytes,
					  strerror(errno));
	}
	if (!status) {
		pthread_mutex_lock(&metrics->lock);
		for (series = metrics->first; series; series = series->next) {
			for (i = 0; i < series->count; i++)
				series->points[i].dumped |= series->points[i].sequence < last;
		}
		pthread_mutex_unlock(&metrics->lock);
	}
	ndi_release(text.bytes);
	ndi_release(path.bytes);
	return status;
}

static nd_status bad_line(const char *line, const char *lacks)
{
	return ndi_fail(ND_ERR_FORMAT, "log_parse: '%.80s': %s", line, lacks);
}

/* FROM up to TO into BUFFER; false if it does not fit or is empty and may not be. */
static bool cut(const char *from, const char *to, char *buffer, size_t size, bool may_be_empty)
{
	size_t length = (size_t)(to - from);

	if (length >= size || (!length && !may_be_empty))
		return false;
	memcpy(buffer, from, length);
	buffer[length] = '\0';
	return true;
}

nd_status nd_log_parse(const char *line, nd_log_line *out)
{
	const char *colon, *dot, *bar, *second;
	locale_t before;
	char *end;

	if (!line || !out)
		return ndi_fail(ND_ERR_ARGUMENT, "log_parse: no line or nowhere to put it");
	memset(out, 0, sizeof *out);
	colon = strchr(line, ':');
	if (!colon)
		return bad_line(line, "no ':' before the value");
	dot = memrchr(line, '.', (size_t)(colon - line));
	if (!dot || !cut(line, dot, out->name, sizeof out->name, false) ||
	    !cut(dot + 1, colon, out->unit, sizeof out->unit, false))
		return bad_line(line, "no Name.Unit");
	before = ndk_numbers_begin();
	out->value = strtod(colon + 1, &end);
	ndk_numbers_end(before);
	if (end == colon + 1 || strncmp(end, "|#", 2))
		return bad_line(line, "no number and '|#'");
	bar = end + 2;
	second = strchr(bar, '|');
	if (!second || !cut(bar, second, out->dimensions, sizeof out->dimensions, true))
		return bad_line(line, "no '|' after the dimensions");
	errno = 0;
	out->timestamp = strtoll(second + 1, &end, 10);
	if (errno || end == second + 1 || *end != '|')
		return bad_line(line, "no timestamp");
	out->type = end[1];
	if (!strchr("cgh", out->type) || !out->type || (end[2] && end[2] != '\n'))
		return bad_line(line, "no type c, g or h at its end");
	return ND_OK;
}
