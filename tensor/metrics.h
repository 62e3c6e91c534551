/* SPDX-License-Identifier: MIT */
/* A set of metrics from the inside: what metrics.c keeps and memory.c writes. */
#ifndef ND_METRICS_H
#define ND_METRICS_H

#include "internal.h"

#include <pthread.h>

struct ndi_point {
	double value;
	int64_t time;      /* seconds */
	uint64_t sequence; /* order over all series */
	const char *unit, *dimension,
		*dimension_value; /* strings of the set; the latter may be NULL */
	bool dumped;
};

struct ndi_series {
	struct ndi_series *next;
	const char *name;
	struct ndi_point *points;
	size_t count, capacity;
	bool at_limit; /* its callback is running */
};

struct ndi_string { /* kept once per set */
	struct ndi_string *next;
	char text[];
};

struct nd_metrics {
	pthread_mutex_t lock;
	struct ndi_series *first, *last;
	struct ndi_string *strings;
	uint64_t sequence;
	size_t limit;
	nd_limit_callback callback;
	void *callback_context;
	uint64_t cpu_ns, cpu_at_ns; /* of the last nd_memory_collect */
};

#endif
