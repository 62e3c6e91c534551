/* SPDX-License-Identifier: MIT */
/* Series of numbers by name.  Each set has a lock, held for no callback and no file. */
#include "metrics.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

nd_status nd_metrics_new(nd_metrics **out)
{
	nd_metrics *metrics;

	if (!out)
		return ndi_fail(ND_ERR_ARGUMENT, "metrics_new: nowhere to put them");
	*out = NULL;
	metrics = ndi_alloc(sizeof *metrics);
	if (!metrics)
		return ndi_no_memory("metrics_new", sizeof *metrics);
	memset(metrics, 0, sizeof *metrics);
	pthread_mutex_init(&metrics->lock, NULL);
	*out = metrics;
	return ND_OK;
}

void nd_metrics_free(nd_metrics *metrics)
{
	struct ndi_series *series;
	struct ndi_string *string;

	if (!metrics)
		return;
	while ((series = metrics->first)) {
		metrics->first = series->next;
		ndi_release(series->points);
		ndi_release(series);
	}
	while ((string = metrics->strings)) {
		metrics->strings = string->next;
		ndi_release(string);
	}
	pthread_mutex_destroy(&metrics->lock);
	ndi_release(metrics);
}

static struct ndi_series *find(const nd_metrics *metrics, const char *name)
{
	struct ndi_series *series;

	for (series = metrics->first; series; series = series->next) {
		if (!strcmp(series->name, name))
			return series;
	}
	return NULL;
}

/* TEXT as the set keeps it; NULL for NULL, and when there is no memory (*FAILED). */
static const char *intern(nd_metrics *metrics, const char *text, bool *failed)
{
	struct ndi_string *string;
	size_t size;

	if (!text)
		return NULL;
	for (string = metrics->strings; string; string = string->next) {
		if (!strcmp(string->text, text))
			return string->text;
	}
	size = strlen(text) + 1;
	string = ndi_alloc(sizeof *string + size);
	if (!string) {
		*failed = true;
		return NULL;
	}
	memcpy(string->text, text, size);
	string->next = metrics->strings;
	metrics->strings = string;
	return string->text;
}

/* The series NAME with room for one more point, or NULL: no memory. */
static struct ndi_series *with_room(nd_metrics *metrics, const char *name)
{
	struct ndi_series *series = find(metrics, name);
	bool failed = false;

	if (!series) {
		const char *kept = intern(metrics, name, &failed);

		series = failed ? NULL : ndi_alloc(sizeof *series);
		if (!series)
			return NULL;
		*series = (struct ndi_series){.name = kept};
		if (metrics->last)
			metrics->last->next = series;
		else
			metrics->first = series;
		metrics->last = series;
	}
	if (series->count == series->capacity) {
		size_t capacity = series->capacity ? 2 * series->capacity : 16;
		struct ndi_point *points = ndi_realloc(series->points, capacity * sizeof *points);

		if (!points)
			return NULL;
		series->points = points;
		series->capacity = capacity;
	}
	return series;
}

/* What a memory.log can hold: no separators of its lines. */
static bool text_ok(const char *text, const char *forbidden)
{
	return ndi_name_ok(text) && !text[strcspn(text, forbidden)];
}

/* A full series is emptied, after its callback, by one thread. */
static void empty_if_full(nd_metrics *metrics, const char *name)
{
	struct ndi_series *series = find(metrics, name);
	nd_limit_callback callback = metrics->callback;
	void *context = metrics->callback_context;

	if (!series || !metrics->limit || series->count < metrics->limit || series->at_limit)
		return;
	series->at_limit = true;
	if (callback) {
		pthread_mutex_unlock(&metrics->lock);
		callback(context, metrics, name);
		pthread_mutex_lock(&metrics->lock);
	}
	series->count = 0;
	series->at_limit = false;
}

nd_status nd_metrics_add_dimension(nd_metrics *metrics, const char *name, double value,
				   const char *unit, const char *dimension,
				   const char *dimension_value)
{
	struct ndi_series *series;
	struct ndi_point point = {.value = value};
	bool failed = false;

	if (!metrics || !name || !unit)
		return ndi_fail(ND_ERR_ARGUMENT, "metrics_add: no metrics, name or unit");
	if (!text_ok(name, ":|\n") || !text_ok(unit, ".:|\n") ||
	    (dimension && !text_ok(dimension, ":|,\n")) ||
	    (dimension_value && !text_ok(dimension_value, "|,\n")))
		return ndi_fail(
			ND_ERR_ARGUMENT,
			"metrics_add: '%.*s' in '%.*s': 1 to %d bytes without : | , or line ends",
			ND_NAME_MAX, name, ND_NAME_MAX, unit, ND_NAME_MAX);
	pthread_mutex_lock(&metrics->lock);
	empty_if_full(metrics, name);
	series = with_room(metrics, name);
	point.unit = intern(metrics, unit, &failed);
	point.dimension = intern(metrics, dimension, &failed);
	point.dimension_value = intern(metrics, dimension_value, &failed);
	if (series && !failed) {
		point.time = time(NULL);
		point.sequence = metrics->sequence++;
		series->points[series->count++] = point;
	}
	pthread_mutex_unlock(&metrics->lock);
	return series && !failed ? ND_OK : ndi_no_memory("metrics_add", sizeof point);
}

nd_status nd_metrics_add(nd_metrics *metrics, const char *name, double value, const char *unit)
{
	return nd_metrics_add_dimension(metrics, name, value, unit, NULL, NULL);
}

nd_status nd_metrics_set_limit(nd_metrics *metrics, size_t limit, nd_limit_callback callback,
			       void *context)
{
	if (!metrics)
		return ndi_fail(ND_ERR_ARGUMENT, "metrics_set_limit: no metrics");
	pthread_mutex_lock(&metrics->lock);
	metrics->limit = limit;
	metrics->callback = callback;
	metrics->callback_context = context;
	pthread_mutex_unlock(&metrics->lock);
	return ND_OK;
}

/* Lock METRICS and find a series with points; on failure it is not locked. */
static nd_status lock_series(const char *operation, nd_metrics *metrics, const char *name,
			     const void *target, struct ndi_series **series)
{
	if (!metrics || !name || !target)
		return ndi_fail(ND_ERR_ARGUMENT, "%s: no metrics, no name or nowhere to put it",
				operation);
	pthread_mutex_lock(&metrics->lock);
	*series = find(metrics, name);
	if (*series && (*series)->count)
		return ND_OK;
	pthread_mutex_unlock(&metrics->lock);
	return ndi_fail(ND_ERR_ARGUMENT, "%s: there is no metric '%s'", operation, name);
}

bool nd_metrics_has(nd_metrics *metrics, const char *name)
{
	bool has;
	const struct ndi_series *series;

	if (!metrics || !name)
		return false;
	pthread_mutex_lock(&metrics->lock);
	series = find(metrics, name);
	has = series && series->count;
	pthread_mutex_unlock(&metrics->lock);
	return has;
}

nd_status nd_metrics_latest(nd_metrics *metrics, const char *name, double *value)
{
	struct ndi_series *series;
	nd_status status = lock_series("metrics_latest", metrics, name, value, &series);

	if (status)
		return status;
	*value = series->points[series->count - 1].value;
	pthread_mutex_unlock(&metrics->lock);
	return ND_OK;
}

nd_status nd_metrics_mean(nd_metrics *metrics, const char *name, double *value)
{
	struct ndi_series *series;
	double mean = 0;
	size_t i;
	nd_status status = lock_series("metrics_mean", metrics, name, value, &series);

	if (status)
		return status;
	/* Running mean: no sum that could overflow. */
	for (i = 0; i < series->count; i++)
		mean += (series->points[i].value - mean) / (double)(i + 1);
	*value = mean;
	pthread_mutex_unlock(&metrics->lock);
	return ND_OK;
}

nd_status nd_metrics_count(nd_metrics *metrics, const char *name, size_t *count)
{
	struct ndi_series *series;
	nd_status status = lock_series("metrics_count", metrics, name, count, &series);

	if (status)
		return status;
	*count = series->count;
	pthread_mutex_unlock(&metrics->lock);
	return ND_OK;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

nd_status nd_metrics_percentile(nd_metrics *metrics, const char *name, double percent,
				double *value)
{
	struct ndi_series *series;
	double *sorted;
	size_t i, count, rank;
	nd_status status;

	if (!(percent >= 0 && percent <= 100))
		return ndi_fail(ND_ERR_ARGUMENT, "metrics_percentile: %g is not within 0 to 100",
				percent);
	status = lock_series("metrics_percentile", metrics, name, value, &series);
	if (status)
		return status;
	count = series->count;
	sorted = ndi_alloc(count * sizeof *sorted);
	for (i = 0; sorted && i < count; i++)
		sorted[i] = series->points[i].value;
	pthread_mutex_unlock(&metrics->lock);
	if (!sorted)
		return ndi_no_memory("metrics_percentile", count * sizeof *sorted);
	qsort(sorted, count, sizeof *sorted, by_value);
	/* multiplied first: a hundredth of a percentage is mostly not exact */
	rank = (size_t)ceil(percent * (double)count / 100);
	if (rank > count)
		rank = count;
	*value = sorted[rank ? rank - 1 : 0];
	ndi_release(sorted);
	return ND_OK;
}

nd_status nd_metrics_names(nd_metrics *metrics, char **out)
{
	struct ndi_text text = {NULL, 0, 0, false};
	const struct ndi_series *series;

	if (!metrics || !out)
		return ndi_fail(ND_ERR_ARGUMENT,
				"metrics_names: no metrics or nowhere to put them");
	*out = NULL;
	pthread_mutex_lock(&metrics->lock);
	ndi_text_bytes(&text, "", 0);
	for (series = metrics->first; series; series = series->next) {
		if (series->count)
			ndi_text_add(&text, "%s\n", series->name);
	}
	pthread_mutex_unlock(&metrics->lock);
	if (text.failed)
		return ndi_no_memory("metrics_names", 0);
	*out = text.bytes;
	return ND_OK;
}
